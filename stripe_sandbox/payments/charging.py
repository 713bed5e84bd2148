"""One attempt to take money for a PaymentIntent."""

from stripe_sandbox.payments import payment_methods
from stripe_sandbox.payments.balance_transactions import move
from stripe_sandbox.payments.money import charge_fee
from stripe_sandbox.payments.test_cards import (
    TestMethod,
    advice_code,
    decline_message,
    error_code,
)
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


def attempt(
    world: World,
    intent: Object,
    method: Object,
    test_method: TestMethod,
    *,
    off_session: bool = False,
) -> Object:
    """Make the charge as it stands the moment it was tried: succeeded, failed or pending."""
    pending = method["type"] != "card"
    declined = test_method.decline_code
    if off_session and not declined and payment_methods.asks_for_customer(world, method):
        declined = "authentication_required"
    status = "pending" if pending else "failed" if declined else "succeeded"
    paid = status == "succeeded"
    charge: Object = {
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "captured": paid,
        "created": world.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": error_code(declined) if declined else None,
        "failure_message": decline_message(declined) if declined else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(declined, pending=pending),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "type": method["type"],
            method["type"]: _details(method),
        },
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }
    charge = world.create("charge", **charge)
    if paid:
        world.store.change(charge, receipt_url=_receipt_url(world, charge))
    return charge


def succeed(world: World, charge: Object) -> None:
    """Turn a pending charge into a paid one."""
    world.store.change(
        charge,
        amount_captured=charge["amount"],
        captured=True,
        outcome=_outcome(None, pending=False),
        paid=True,
        receipt_url=_receipt_url(world, charge),
        status="succeeded",
    )


def fail(world: World, charge: Object, *, code: str, message: str) -> None:
    world.store.change(charge, failure_code=code, failure_message=message, status="failed")


def book(world: World, charge: Object) -> None:
    """
    Book the money, which Stripe does after the charge was announced.

    With automatic asynchronous capture, Stripe's default, `charge.succeeded` has no balance
    transaction; `charge.updated` brings it.
    """
    transaction = move(
        world,
        amount=charge["amount"],
        currency=charge["currency"],
        type="charge",
        source=charge["id"],
        fee=charge_fee(charge["amount"]),
        description=charge["description"],
    )
    previous = world.store.change(charge, balance_transaction=transaction["id"])
    world.emit("charge.updated", charge, previous)


def _receipt_url(world: World, charge: Object) -> str:
    return f"{world.base_url}/receipts/{charge['id']}"


def _outcome(decline_code: str | None, *, pending: bool) -> Object:
    network = "declined_by_network" if decline_code else "approved_by_network"
    return {
        "advice_code": advice_code(decline_code) if decline_code else None,
        "network_advice_code": None,
        "network_decline_code": "05" if decline_code else None,
        "network_status": "not_sent_to_network" if pending else network,
        "reason": decline_code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": (
            "The bank returned the decline code `" + decline_code + "`."
            if decline_code
            else "Payment complete."
        ),
        "type": "issuer_declined" if decline_code else "authorized",
    }


# What a charge shows of the payment method, and what it shows beyond that.
SHOWN: dict[str, tuple[str, ...]] = {
    "card": (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
        "wallet",
    ),
    "sepa_debit": ("bank_code", "branch_code", "country", "fingerprint", "last4"),
    "us_bank_account": (
        "account_holder_type",
        "account_type",
        "bank_name",
        "fingerprint",
        "last4",
        "routing_number",
    ),
}


def _details(method: Object) -> Object:
    kind = method["type"]
    details = {name: method[kind][name] for name in SHOWN[kind]}
    if kind == "card":
        beyond: Object = {
            "amount_authorized": None,
            "authorization_code": None,
            "installments": None,
            "mandate": None,
            "network": details["brand"],
            "network_token": {"used": False},
            "network_transaction_id": None,
            "three_d_secure": None,
        }
    elif kind == "sepa_debit":
        beyond = {"mandate": None}
    else:
        beyond = {"payment_reference": None}
    return {**details, **beyond}
