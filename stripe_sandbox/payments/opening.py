"""How a Checkout Session begins: what it must have, what it costs, what it looks like."""

from typing import Any

from stripe_sandbox.errors import StripeError, missing_parameter, refused
from stripe_sandbox.payments import (
    catalog,
    discounting,
    invoicing,
    managed_payments,
    paying,
    setup_intents,
    taxing,
)
from stripe_sandbox.payments.currencies import MAXIMUM, check_amount, minimum
from stripe_sandbox.payments.money import shown
from stripe_sandbox.state.ids import new, random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

SHORTEST, LONGEST = 30 * 60, 24 * 3600
# The bank debit that Stripe offers by itself, by currency.
DEBITS = {"eur": "sepa_debit", "usd": "us_bank_account"}
NOTHING_DUE = "no_payment_required"

PAYMENT_ONLY = {
    "allow_promotion_codes",
    "discounts",
    "line_items",
    "payment_intent_data",
    "submit_type",
}
SETUP_ONLY = {"setup_intent_data"}
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


def open_session(world: World, params: dict[str, Any]) -> Object:
    """
    Open a session.

    :raises StripeError: in Stripe's words, if something is missing or does not fit
    """
    params = managed_payments.decide(world, params)
    _check(world, params)
    if params["mode"] == "setup":
        return _open_setup(world, params)
    items = [
        _line_item(world, item, place=f"line_items[{number}]")
        for number, item in enumerate(params["line_items"])
    ]
    if params["managed_payments"]["enabled"]:
        managed_payments.check_products(world, items)
    currency = _one_currency(items)
    total = sum(item["amount_total"] for item in items)
    if 0 < total < minimum(currency):
        raise refused(
            "The Checkout Session's total amount due must add up to at least "
            f"{shown(minimum(currency), currency)} {currency}",
            code="amount_too_small",
        )
    if total > MAXIMUM:
        raise refused(
            "The Checkout Session's total amount due must be no more than "
            f"{shown(MAXIMUM, currency)}",
            code="amount_too_large",
        )
    check_amount(total, currency, param="line_items")
    session = _body(
        world,
        params,
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        payment_method_types=params.get("payment_method_types") or _types(currency),
        payment_status="unpaid" if total else NOTHING_DUE,
    )
    private = {
        "customer_update": params.get("customer_update", {}),
        "line_items": items,
        "payment_intent_data": params.get("payment_intent_data") or {},
    }
    session = world.create("checkout.session", private=private, **session)
    world.store.change(session, url=f"{world.base_url}/c/pay/{session['id']}#{random_text(24)}")
    taxing.begin(world, session)
    for discount in params.get("discounts", [])[:1]:
        discounting.apply(world, session, **discount)
    world.store.schedule("expire_session", session["id"], session["expires_at"])
    world.on_change()
    return session


def _open_setup(world: World, params: dict[str, Any]) -> Object:
    """
    Open a page that saves a payment method, and charges nothing.

    https://docs.stripe.com/payments/checkout/save-and-reuse
    """
    data = params.get("setup_intent_data") or {}
    types = params.get("payment_method_types") or ["card"]
    intent = setup_intents.create(
        world,
        customer=params.get("customer"),
        payment_method_types=types,
        **{**data, "metadata": data.get("metadata") or {}},
    )
    session = _body(
        world,
        params,
        amount_subtotal=None,
        amount_total=None,
        currency=params.get("currency"),
        payment_method_types=types,
        payment_status=NOTHING_DUE,
        setup_intent=intent["id"],
        total_details=None,
    )
    private: Object = {"line_items": [], "payment_intent_data": {}}
    session = world.create("checkout.session", private=private, **session)
    world.store.change(session, url=f"{world.base_url}/c/pay/{session['id']}#{random_text(24)}")
    world.store.schedule("expire_session", session["id"], session["expires_at"])
    world.on_change()
    return session


def _check(world: World, params: dict[str, Any]) -> None:
    if "mode" not in params:
        raise missing_parameter("mode")
    mode = params["mode"]
    if mode == "subscription" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise refused(
            "The sandbox has hosted pages with mode=payment or setup only. Stripe has more."
        )
    for name in ("success_url",) if mode == "setup" else ("line_items", "success_url"):
        if not params.get(name):
            raise missing_parameter(name)
    _check_mode(params)
    _check_urls(params)
    if "customer" in params and "customer_email" in params:
        raise refused("You may only specify one of these parameters: customer, customer_email.")
    if "discounts" in params and "allow_promotion_codes" in params:
        raise refused(
            "You may only specify one of these parameters: allow_promotion_codes, discounts."
        )
    if "customer" in params:
        world.store.get(params["customer"], "customer", param="customer")
    taxing.check(world, params)
    _check_expiry(world, params)


def _check_mode(params: dict[str, Any]) -> None:
    """See that nothing is asked for that the other mode has."""
    other = PAYMENT_ONLY if params["mode"] == "setup" else SETUP_ONLY
    for name in other & set(params):
        raise refused(f"You can not pass `{name}` in `{params['mode']}` mode.", param=name)
    if params["mode"] == "setup" and not {"currency", "payment_method_types"} & set(params):
        raise missing_parameter("currency")  # by which Stripe chooses the payment methods


def _check_expiry(world: World, params: dict[str, Any]) -> None:
    """docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at."""
    ahead = params.get("expires_at", world.now() + LONGEST) - world.now()
    if ahead < SHORTEST:
        limit = "at least 30 minutes"
    elif ahead > LONGEST:
        limit = "less than 24 hours"
    else:
        return
    raise refused(
        f"The `expires_at` timestamp must be {limit} from Checkout Session creation.",
        param="expires_at",
    )


def _check_urls(params: dict[str, Any]) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=name)


def _line_item(world: World, given: dict[str, Any], *, place: str) -> Object:
    if "price_data" in given:
        price = _inline_price(world, given["price_data"], place=f"{place}[price_data]")
    elif "price" in given:
        price = world.store.get(given["price"], "price", param=f"{place}[price]")
    else:
        raise missing_parameter(f"{place}[price]")
    product = world.store.get(price["product"], "product")
    if not price["active"] or not product["active"]:
        raise refused(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{place}[price]",
        )
    quantity = given.get("quantity")
    if quantity is None:
        raise missing_parameter(f"{place}[quantity]")
    amount = price["unit_amount"] * quantity
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


def _inline_price(world: World, given: dict[str, Any], *, place: str) -> Object:
    """Make a price for this session alone; it is never on sale by itself."""
    if "product" in given:
        product = world.store.get(given["product"], "product", param=f"{place}[product]")
        if not product["active"]:
            raise refused("The product specified is inactive.", param=f"{place}[product]")
    return catalog.add_price(world, given)


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
        "invoice_creation": invoicing.shown(params.get("invoice_creation") or {}),
        "livemode": False,
        "managed_payments": params["managed_payments"],
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
        **taxing.shown(params),
        **given,
        **values,
    }


def _customer_details(world: World, params: dict[str, Any]) -> Object | None:
    email = params.get("customer_email")
    if "customer" in params:
        email = world.store.get(params["customer"], "customer")["email"]
    return paying.customer_details(email=email) if email else None
