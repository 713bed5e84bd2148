"""Checkout Sessions: one visit to the payment page."""

from stripe_sandbox.api.kinds import Choice, Currency, Email, Flag, Integer, Many, Text
from stripe_sandbox.api.params import EMAIL, ID, METADATA, SHIPPING, TEXT, Fields, form
from stripe_sandbox.api.resources import prices
from stripe_sandbox.api.routes import Call, Route, as_list, listing, updates
from stripe_sandbox.errors import refused
from stripe_sandbox.payments import opening, paying
from stripe_sandbox.payments.payment_methods import TYPES
from stripe_sandbox.state.store import Object

PRICE_DATA = Fields(
    of={
        "currency": Currency(),
        "product": ID,
        "product_data": Fields(
            of={
                "description": TEXT,
                "images": Many(TEXT),
                "metadata": METADATA,
                "name": TEXT,
                "tax_code": TEXT,
            },
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
        "receipt_email": EMAIL,
        "setup_future_usage": Choice(of=("off_session", "on_session")),
        "shipping": SHIPPING,
        "statement_descriptor": TEXT,
        "statement_descriptor_suffix": TEXT,
    }
)
SETUP_INTENT_DATA = Fields(of={"description": TEXT, "metadata": METADATA})
AUTOMATIC_TAX = Fields(
    of={"enabled": Flag()}, required=("enabled",), unsupported=frozenset({"liability"})
)
SAVED = Choice(of=("auto", "never"))
CUSTOMER_UPDATE = Fields(of={"address": SAVED, "name": SAVED}, unsupported=frozenset({"shipping"}))
INVOICE_CREATION = Fields(
    of={
        "enabled": Flag(),
        "invoice_data": Fields(
            of={"description": Text(longest=1500), "footer": TEXT, "metadata": METADATA},
            unsupported=frozenset(
                {"account_tax_ids", "custom_fields", "issuer", "rendering_options"}
            ),
        ),
    },
    required=("enabled",),
)
TAX_ID_COLLECTION = Fields(
    of={"enabled": Flag(), "required": Choice(of=("if_supported", "never"))},
    required=("enabled",),
)
CREATE = form(
    {
        "allow_promotion_codes": Flag(),
        "automatic_tax": AUTOMATIC_TAX,
        "billing_address_collection": Choice(of=("auto", "required")),
        "cancel_url": TEXT,
        "client_reference_id": Text(longest=200),
        "currency": Currency(),
        "customer": ID,
        "customer_creation": Choice(of=("always", "if_required")),
        "customer_email": Email(longest=800),
        "customer_update": CUSTOMER_UPDATE,
        "discounts": Many(Fields(of={"coupon": ID, "promotion_code": ID})),
        "expires_at": Integer(),
        "invoice_creation": INVOICE_CREATION,
        "line_items": Many(LINE_ITEM),
        "locale": TEXT,
        "managed_payments": Fields(of={"enabled": Flag()}),
        "metadata": METADATA,
        "mode": Choice(of=("payment", "setup", "subscription")),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "setup_intent_data": SETUP_INTENT_DATA,
        "payment_method_types": Many(Choice(of=TYPES)),
        "submit_type": Choice(of=("auto", "book", "donate", "pay")),
        "success_url": TEXT,
        "tax_id_collection": TAX_ID_COLLECTION,
        "ui_mode": Choice(of=("elements", "embedded_page", "hosted_page")),
    },
    unsupported=frozenset(
        {
            "after_expiration",
            "consent_collection",
            "custom_fields",
            "custom_text",
            "optional_items",
            "payment_method_configuration",
            "payment_method_options",
            "phone_number_collection",
            "return_url",
            "saved_payment_method_options",
            "shipping_address_collection",
            "shipping_options",
            "subscription_data",
        }
    ),
)


def create(call: Call) -> Object:
    return opening.open_session(call.world, call.params)


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
