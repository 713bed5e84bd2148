"""Checkout Sessions: one visit to the payment page."""

from typing import Any

from billing.sandbox import paying
from billing.sandbox.errors import StripeError, missing_parameter, refused
from billing.sandbox.ids import new, random_text
from billing.sandbox.money import minimum, shown
from billing.sandbox.params import (
    ID,
    METADATA,
    SHIPPING,
    TEXT,
    Choice,
    Currency,
    Fields,
    Flag,
    Integer,
    Many,
    Text,
    form,
)
from billing.sandbox.resources import prices
from billing.sandbox.resources.payment_methods import TYPES
from billing.sandbox.routes import Call, Route, as_list, listing, updates
from billing.sandbox.store import Object
from billing.sandbox.world import World

SHORTEST, LONGEST = 30 * 60, 24 * 3600
# The bank debit that Stripe offers by itself, by currency.
DEBITS = {"eur": "sepa_debit", "usd": "us_bank_account"}
NOTHING_DUE = "no_payment_required"

PRICE_DATA = Fields(
    of={
        "currency": Currency(),
        "product": ID,
        "product_data": Fields(
            of={"description": TEXT, "images": Many(TEXT), "metadata": METADATA, "name": TEXT},
            required=("name",),
        ),
        "tax_behavior": prices.TAX_BEHAVIOR,
        "unit_amount": Integer(least=0),
    },
    required=("currency", "unit_amount"),
)
LINE_ITEM = Fields(
    of={
        "metadata": METADATA,
        "price": ID,
        "price_data": PRICE_DATA,
        "quantity": Integer(least=1, most=999_999),
    }
)
PAYMENT_INTENT_DATA = Fields(
    of={
        "description": TEXT,
        "metadata": METADATA,
        "receipt_email": TEXT,
        "setup_future_usage": Choice(of=("off_session", "on_session")),
        "shipping": SHIPPING,
        "statement_descriptor": TEXT,
        "statement_descriptor_suffix": TEXT,
    }
)
CREATE = form(
    {
        "allow_promotion_codes": Flag(),
        "billing_address_collection": Choice(of=("auto", "required")),
        "cancel_url": TEXT,
        "client_reference_id": Text(longest=200),
        "customer": ID,
        "customer_creation": Choice(of=("always", "if_required")),
        "customer_email": Text(longest=800),
        "expires_at": Integer(),
        "line_items": Many(LINE_ITEM),
        "locale": TEXT,
        "metadata": METADATA,
        "mode": Choice(of=("payment", "setup", "subscription")),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "payment_method_types": Many(Choice(of=TYPES)),
        "submit_type": Choice(of=("auto", "book", "donate", "pay")),
        "success_url": TEXT,
        "ui_mode": Choice(of=("elements", "embedded_page", "hosted_page")),
    },
    unsupported=frozenset(
        {
            "after_expiration",
            "automatic_tax",
            "consent_collection",
            "custom_fields",
            "custom_text",
            "customer_update",
            "discounts",
            "invoice_creation",
            "optional_items",
            "payment_method_configuration",
            "payment_method_options",
            "phone_number_collection",
            "return_url",
            "saved_payment_method_options",
            "setup_intent_data",
            "shipping_address_collection",
            "shipping_options",
            "subscription_data",
            "tax_id_collection",
        }
    ),
)
KEPT = (
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "locale",
    "submit_type",
    "success_url",
)


def create(call: Call) -> Object:
    """
    Open a session.

    :raises StripeError: in Stripe's words, if something is missing or does not fit
    """
    world, params = call.world, call.params
    _check(world, params)
    items = [_line_item(world, item) for item in params["line_items"]]
    currency = _one_currency(items)
    total = sum(item["amount_total"] for item in items)
    if 0 < total < minimum(currency):
        raise refused(
            "The Checkout Session's total amount due must add up to at least "
            f"{shown(minimum(currency), currency)} {currency}",
            code="amount_too_small",
        )
    session = _body(
        world,
        params,
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        payment_method_types=params.get("payment_method_types") or _types(currency),
        payment_status="unpaid" if total else NOTHING_DUE,
    )
    private = {"line_items": items, "payment_intent_data": params.get("payment_intent_data") or {}}
    session = world.create("checkout.session", private=private, **session)
    world.store.change(session, url=f"{world.base_url}/c/pay/{session['id']}#{random_text(24)}")
    world.store.schedule("expire_session", session["id"], session["expires_at"])
    world.on_change()
    return session


def _check(world: World, params: dict[str, Any]) -> None:
    if "mode" not in params:
        raise missing_parameter("mode")
    if params["mode"] != "payment" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise refused("The sandbox has hosted pages with mode=payment only. Stripe has more.")
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise missing_parameter(name)
    _check_urls(params)
    if "customer" in params and "customer_email" in params:
        raise refused("You may only specify one of these parameters: customer, customer_email.")
    if "customer" in params:
        world.store.get(params["customer"], "customer", param="customer")
    # A second or so passes on the way here.
    ahead = params.get("expires_at", world.now() + LONGEST) - world.now()
    if not SHORTEST - 5 <= ahead <= LONGEST + 5:
        raise refused(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours "
            "from Checkout Session creation.",
            param="expires_at",
        )


def _check_urls(params: dict[str, Any]) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=name)


def _line_item(world: World, given: dict[str, Any]) -> Object:
    if "price_data" in given:
        price = prices.add(world, given["price_data"])
    elif "price" in given:
        price = world.store.get(given["price"], "price", param="line_items[0][price]")
    else:
        raise missing_parameter("line_items[0][price]")
    if not price["active"]:
        raise refused(
            "The price specified is inactive. This field only accepts active prices.",
            param="line_items[0][price]",
        )
    quantity = given.get("quantity")
    if quantity is None:
        raise missing_parameter("line_items[0][quantity]")
    amount = price["unit_amount"] * quantity
    product = world.store.get(price["product"], "product")
    return {
        "id": new("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": given.get("metadata") or {},
        "price": price,
        "quantity": quantity,
    }


def _one_currency(items: list[Object]) -> str:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise refused(
            "You may not specify multiple currencies in one Checkout Session: "
            f"{', '.join(sorted(currencies))}.",
            param="line_items",
        )
    return str(currencies.pop())


def _types(currency: str) -> list[str]:
    return ["card", *([DEBITS[currency]] if currency in DEBITS else [])]


def _body(world: World, params: dict[str, Any], **values: Any) -> Object:
    now = world.now()
    given = {name: params.get(name) for name in KEPT}
    return {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "branding_settings": {
            "background_color": "#ffffff",
            "border_style": "rounded",
            "button_color": "#0074d4",
            "display_name": "Sandbox",
            "font_family": "default",
            "icon": None,
            "logo": None,
        },
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_account": None,
        "customer_creation": (
            None if "customer" in params else params.get("customer_creation", "if_required")
        ),
        "customer_details": _customer_details(world, params),
        "discounts": [],
        "excluded_payment_method_types": [],
        "expires_at": params.get("expires_at", now + LONGEST),
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": params.get("metadata") or {},
        "mode": params["mode"],
        "optional_items": [],
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "redirect_on_completion": "always",
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
        **given,
        **values,
    }


def _customer_details(world: World, params: dict[str, Any]) -> Object | None:
    email = params.get("customer_email")
    if "customer" in params:
        email = world.store.get(params["customer"], "customer")["email"]
    return paying.customer_details(email=email) if email else None


def retrieve(call: Call) -> Object:
    return call.world.store.get(call.id, "checkout.session")


def update(call: Call) -> Object:
    return updates(call, "checkout.session", None)


def expire(call: Call) -> Object:
    session = call.world.store.get(call.id, "checkout.session")
    paying.expire(call.world, session)
    return session


def line_items(call: Call) -> Object:
    call.world.store.get(call.id, "checkout.session")
    items = call.world.store.private(call.id)["line_items"]
    return as_list(items, f"/v1/checkout/sessions/{call.id}/line_items")


def page(call: Call) -> Object:
    """Answer what the hosted page itself asks; undocumented, and used by `stripe trigger`."""
    session = call.world.store.get(call.id, "checkout.session")
    return {
        "id": f"ppage_{session['id'][-24:]}",
        "object": "checkout.session",
        "currency": session["currency"],
        "line_item_group": {"total": session["amount_total"]},
        "mode": session["mode"],
        "session_id": session["id"],
        "state": "active" if session["status"] == "open" else session["status"],
    }


def confirm(call: Call) -> Object:
    """Do what the hosted page does when its button is pressed."""
    session = call.world.store.get(call.id, "checkout.session")
    if call.params.get("expected_amount", session["amount_total"]) != session["amount_total"]:
        raise refused(
            "The expected amount does not match the amount of this Checkout Session.",
            code="checkout_amount_mismatch",
            param="expected_amount",
        )
    paying.pay(call.world, session, call.params["payment_method"])
    return session


ROUTES = (
    listing(
        "checkout.session",
        "/v1/checkout/sessions",
        {
            "customer": ID,
            "payment_intent": ID,
            "status": Choice(of=("complete", "expired", "open")),
        },
    ),
    Route("POST", "/v1/checkout/sessions", CREATE, create),
    Route("GET", "/v1/checkout/sessions/{id}", form({}), retrieve),
    Route("POST", "/v1/checkout/sessions/{id}", form({"metadata": METADATA}), update),
    Route("POST", "/v1/checkout/sessions/{id}/expire", form({}), expire),
    Route(
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        form({"limit": Integer(least=1, most=100)}),
        line_items,
    ),
    Route("GET", "/v1/payment_pages/{id}", form({}), page, hidden=True),
    Route(
        "POST",
        "/v1/payment_pages/{id}/confirm",
        form({"expected_amount": Integer(), "payment_method": ID}, required=("payment_method",)),
        confirm,
        hidden=True,
    ),
)
