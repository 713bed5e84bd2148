"""
The paid invoice of a Checkout Session that has `invoice_creation` on.

It comes when the payment succeeded: https://docs.stripe.com/payments/checkout/post-payment-invoices
"""

from typing import Any

from stripe_sandbox.state.ids import new, random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

DATA = (
    "account_tax_ids",
    "custom_fields",
    "description",
    "footer",
    "issuer",
    "rendering_options",
)


def shown(params: dict[str, Any]) -> Object:
    """Show what a session says of its invoice."""
    data = params.get("invoice_data") or {}
    return {
        "enabled": params.get("enabled", False),
        "invoice_data": {
            **{name: data.get(name) for name in DATA},
            "metadata": data.get("metadata") or {},
        },
    }


def issue(world: World, session: Object) -> None:
    """Write the invoice of a session that was paid, where it wants one; announce it."""
    if not session["invoice_creation"]["enabled"]:
        return
    invoice = _create(world, session)
    payment = _payment(world, session, invoice)
    world.store.set_private(invoice["id"], payments=[payment])
    world.store.change(session, invoice=invoice["id"])
    for event in ("created", "finalized", "paid", "payment_succeeded"):
        world.emit(f"invoice.{event}", invoice)


def void(world: World, invoice: Object) -> None:
    """Let an invoice count as never written."""
    transitions = {**invoice["status_transitions"], "voided_at": world.now()}
    previous = world.store.change(invoice, status="void", status_transitions=transitions)
    world.emit("invoice.voided", invoice, previous)


def _create(world: World, session: Object) -> Object:
    now, private = world.now(), world.store.private(session["id"])
    details, customer = session["customer_details"], _customer(world, session)
    data = session["invoice_creation"]["invoice_data"]
    taxes = [tax for of_item in private.get("taxes", {}).values() for tax in of_item]
    tax, off = (session["total_details"][f"amount_{name}"] for name in ("tax", "discount"))
    total = session["amount_total"]
    inside = sum(one["amount"] for one in taxes if one["rate"]["inclusive"])
    invoice_id = new("invoice")
    url = f"{world.base_url}/i/{invoice_id}/{random_text(16)}"
    lines = [
        _line(world, item, invoice_id, private.get("taxes", {}).get(item["id"], []))
        for item in private["line_items"]
    ]
    return world.store.add(
        {
            "id": invoice_id,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Sandbox",
            "account_tax_ids": None,
            "amount_due": total,
            "amount_overpaid": 0,
            "amount_paid": total,
            "amount_remaining": 0,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": 0,
            "attempted": True,
            "auto_advance": False,
            "automatic_tax": {**session["automatic_tax"], "disabled_reason": None},
            "automatically_finalizes_at": None,
            "billing_reason": "manual",
            "collection_method": "charge_automatically",
            "created": now,
            "currency": session["currency"],
            "custom_fields": None,
            "customer": session["customer"],
            "customer_account": None,
            "customer_address": details["address"],
            "customer_email": details["email"],
            "customer_name": details["name"],
            "customer_phone": details["phone"],
            "customer_shipping": None,
            "customer_tax_exempt": "none",
            "customer_tax_ids": details["tax_ids"],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": data["description"],
            "discounts": [],
            "due_date": None,
            "effective_at": now,
            "ending_balance": 0,
            "footer": data["footer"],
            "from_invoice": None,
            "hosted_invoice_url": url,
            "invoice_pdf": f"{url}/pdf",
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": {
                "object": "list",
                "data": lines,
                "has_more": False,
                "url": f"/v1/invoices/{invoice_id}/lines",
            },
            "livemode": False,
            "metadata": data["metadata"],
            "next_payment_attempt": None,
            "number": _number(world, customer),
            "on_behalf_of": None,
            "parent": None,
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            "period_end": now,
            "period_start": now,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": 0,
            "statement_descriptor": None,
            "status": "paid",
            "status_transitions": {
                "finalized_at": now,
                "marked_uncollectible_at": None,
                "paid_at": now,
                "voided_at": None,
            },
            "subtotal": session["amount_subtotal"],
            "subtotal_excluding_tax": session["amount_subtotal"] - inside,
            "test_clock": None,
            "total": total,
            "total_discount_amounts": [],
            "total_excluding_tax": total - tax,
            "total_pretax_credit_amounts": [],
            "total_taxes": [_tax(one) for one in taxes],
            "webhooks_delivered_at": now,
        },
        private={"amount_discount": off},
    )


def _line(world: World, item: Object, invoice_id: str, taxes: list[Object]) -> Object:
    now = world.now()
    return {
        "id": new("line_item"),
        "object": "line_item",
        "amount": item["amount_subtotal"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"end": now, "start": now},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
            "type": "price_details",
            "unit_amount_decimal": item["price"]["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": None,
        "subtotal": item["amount_subtotal"],
        "taxes": [_tax(one) for one in taxes],
    }


def _tax(tax: Object) -> Object:
    return {
        "amount": tax["amount"],
        "tax_behavior": "inclusive" if tax["rate"]["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": tax["rate"]["id"]},
        "taxability_reason": tax["taxability_reason"],
        "taxable_amount": tax["taxable_amount"],
        "type": "tax_rate_details",
    }


def _payment(world: World, session: Object, invoice: Object) -> Object:
    return {
        "id": new("invoice_payment"),
        "object": "invoice_payment",
        "amount_paid": invoice["amount_paid"],
        "amount_requested": invoice["amount_paid"],
        "created": world.now(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": session["payment_intent"], "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": world.now()},
    }


def _customer(world: World, session: Object) -> Object | None:
    found = world.store.find(session["customer"] or "")
    return found if found and found["object"] == "customer" else None


def _number(world: World, customer: Object | None) -> str:
    """Count by customer, as Stripe does by default."""
    if customer is None:
        return f"{random_text(8).upper()}-0001"
    sequence = customer["next_invoice_sequence"]
    world.store.change(customer, next_invoice_sequence=sequence + 1)
    return f"{customer['invoice_prefix']}-{sequence:04d}"
