"""
Automatic tax, and what a buyer says of themselves for it: where they live, a tax id.

https://docs.stripe.com/tax/checkout and https://docs.stripe.com/tax/checkout/tax-ids. What is due
is counted here: `amount_subtotal` stays, tax inside a price too; `amount_total` is what is paid.
"""

import re
from typing import Any

from stripe_sandbox.errors import refused
from stripe_sandbox.payments import tax_settings
from stripe_sandbox.payments.tax_rates import EU, Rate, no_tax, rate_of
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
# Where the sandbox's buyers live, unless they say something else.
HOME = "US"
# What begins a tax id of a country; the rest of the EU begins with its own letters.
TAX_ID_KINDS = {"AU": "au_abn", "CH": "ch_vat", "GB": "gb_vat", "JP": "jp_trn", "US": "us_ein"}


def check(world: World, params: dict[str, Any]) -> None:
    """
    Check what a session wants to do with a customer's address and name.

    :raises StripeError: in Stripe's words, if it may not save what it has to
    """
    may_update = params.get("customer_update", {})
    if may_update and "customer" not in params:
        raise refused(
            "`customer_update` can only be used with `customer`.", param="customer_update"
        )
    if _is_on(params, "automatic_tax"):
        tax_settings.require_active(world)
        if not _has_address(world, params) and may_update.get("address") != "auto":
            raise refused(
                "Automatic tax calculation in Checkout requires a valid address on the Customer."
                " Add a valid address to the Customer or set either `customer_update[address]` to"
                " 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in"
                " Checkout to the Customer.",
                code="customer_tax_location_invalid",
            )
    if not _is_on(params, "tax_id_collection") or "customer" not in params:
        return
    if may_update.get("name") != "auto":
        raise refused(
            "Tax ID collection requires updating business name on the customer. To enable tax ID"
            " collection for an existing customer, please set `customer_update[name]` to `auto`.",
            param="customer_update[name]",
        )
    if not _has_address(world, params) and may_update.get("address") != "auto":
        raise refused(
            "We could not find a valid address on the provided customer. To enable tax ID"
            " collection, please set customer_update[address] to auto.",
            param="customer_update[address]",
        )


def shown(params: dict[str, Any]) -> Object:
    """Show what a session has of it from its beginning."""
    is_managed = _is_on(params, "managed_payments")
    is_on = is_managed or _is_on(params, "automatic_tax")
    ids = params.get("tax_id_collection")
    return {
        "automatic_tax": {
            "enabled": is_on,
            "liability": {"type": "self"} if is_on and not is_managed else None,
            "provider": "stripe" if is_on else None,
            "status": "requires_location_inputs" if is_on else None,
        },
        **({"tax_id_collection": {"required": "never", **ids}} if ids else {}),
    }


def begin(world: World, session: Object) -> None:
    """Take a customer's address for the buyer's where there is one."""
    customer = world.store.find(session["customer"] or "")
    if customer and customer["address"] and customer["address"]["country"]:
        _note_buyer(world, session, {"address": customer["address"]})
    recount(world, session)


def locate(
    world: World, session: Object, *, country: str, name: str = "", tax_id: str = ""
) -> None:
    """
    Enter where the buyer lives, and where they may, the name and tax id of their business.

    :raises StripeError: if the country or the number is none, or no number is asked for
    """
    if session["status"] != "open":
        raise refused("This Checkout Session is over.")
    country = country.upper()
    if not re.fullmatch("[A-Z]{2}", country):
        raise refused(f"Invalid country: {country}", param="country")
    buyer: Object = {"address": {**dict.fromkeys(ADDRESS), "country": country}}
    if tax_id:
        if not (session.get("tax_id_collection") or {}).get("enabled"):
            raise refused("This Checkout Session collects no tax ids.", param="tax_id")
        if not re.fullmatch("[A-Z0-9]{4,20}", tax_id):
            raise refused("Invalid value for tax id.", code="tax_id_invalid", param="tax_id")
        buyer["tax_ids"] = [{"type": _kind(country), "value": tax_id}]
    if name:
        buyer["name"] = name
    _note_buyer(world, session, buyer)
    recount(world, session)


def require_location(world: World, session: Object, billing: Object) -> None:
    """Take the payment method's address where the page has asked for none."""
    if not buyer_of(world, session):
        locate(world, session, country=billing["country"] or HOME)


def recount(world: World, session: Object) -> None:
    """Count a session's items, tax and total anew, from its prices and its discount."""
    items = world.store.private(session["id"])["line_items"]
    rate = _rate(world, session, buyer_of(world, session))
    taxes: Object = {}
    for item in items:
        due = item["amount_subtotal"] - item["amount_discount"]
        is_inclusive = tax_settings.is_inclusive(world, item["price"])
        tax = rate.tax_of(due, inclusive=is_inclusive) if rate else 0
        item.update(amount_tax=tax, amount_total=due if is_inclusive else due + tax)
        if rate:
            taxes[item["id"]] = [_tax(world, session, rate, due, tax, is_inclusive=is_inclusive)]
    total = sum(item["amount_total"] for item in items)
    world.store.set_private(session["id"], line_items=items, taxes=None)
    world.store.set_private(session["id"], taxes=taxes)
    world.store.change(
        session,
        amount_total=total,
        automatic_tax={
            **session["automatic_tax"],
            **({"status": "complete"} if rate else {}),
        },
        payment_status="unpaid" if total else "no_payment_required",
        total_details={
            **session["total_details"],
            "amount_tax": sum(item["amount_tax"] for item in items),
        },
    )


def remember(world: World, session: Object, details: Object) -> None:
    """Save what the buyer said on the customer, as far as `customer_update` allows."""
    customer = world.store.find(session["customer"] or "")
    if customer is None or customer["object"] != "customer":
        return
    may = world.store.private(session["id"]).get("customer_update", {})
    changes: dict[str, Any] = {}
    if may.get("address") == "auto":
        changes["address"] = details["address"]
    if may.get("name") == "auto" and details["name"]:
        changes["name"] = details["name"]
    if previous := world.store.change(customer, **changes):
        world.emit("customer.updated", customer, previous)
    for given in buyer_of(world, session).get("tax_ids", []):
        _add_tax_id(world, customer, **given)


def _add_tax_id(world: World, customer: Object, *, type: str, value: str) -> None:
    known = world.store.all("tax_id", customer=customer["id"])
    if any(one["value"] == value for one in known):
        return
    tax_id = world.create(
        "tax_id",
        country=customer["address"]["country"] if customer["address"] else None,
        created=world.now(),
        customer=customer["id"],
        customer_account=None,
        livemode=False,
        owner={"customer": customer["id"], "customer_account": None, "type": "customer"},
        type=type,
        value=value,
        verification={"status": "pending", "verified_address": None, "verified_name": None},
    )
    world.emit("customer.tax_id.created", tax_id)


def buyer_of(world: World, session: Object) -> Object:
    """Tell what is known of the buyer: an address, perhaps a name and tax ids; or nothing."""
    found: Object = next(iter(world.store.private(session["id"]).get("buyer", [])), {})
    return found


def _note_buyer(world: World, session: Object, buyer: Object) -> None:
    """Keep it in a list: a private object would lose what is null in it."""
    world.store.set_private(session["id"], buyer=[buyer])


def _rate(world: World, session: Object, buyer: Object) -> Rate | None:
    if not session["automatic_tax"]["enabled"] or not buyer:
        return None
    country = buyer["address"]["country"]
    is_managed = session["managed_payments"]["enabled"]
    if not is_managed and not tax_settings.is_registered(world, country):
        return no_tax(country)
    if not is_managed and _is_reverse_charge(world, buyer):
        return no_tax(country)
    return rate_of(country)


def _is_reverse_charge(world: World, buyer: Object) -> bool:
    """Let a business elsewhere in the EU account for the tax: docs.stripe.com/tax/zero-tax."""
    country, home = buyer["address"]["country"], tax_settings.home(world)
    kinds = {one["type"] for one in buyer.get("tax_ids", [])}
    return "eu_vat" in kinds and {country, home} <= EU and country != home


def _tax(
    world: World, session: Object, rate: Rate, due: int, tax: int, *, is_inclusive: bool
) -> Object:
    if rate.percentage:
        reason = "standard_rated"
    elif _is_reverse_charge(world, buyer_of(world, session)):
        reason = "reverse_charge"
    else:
        reason = "not_collecting"
    return {
        "amount": tax,
        "rate": rate.shown(inclusive=is_inclusive),
        "taxability_reason": reason,
        "taxable_amount": due - tax if is_inclusive else due,
    }


def _kind(country: str) -> str:
    return "eu_vat" if country in EU else TAX_ID_KINDS.get(country, "unknown")


def _is_on(params: dict[str, Any], name: str) -> bool:
    return bool(params.get(name, {}).get("enabled"))


def _has_address(world: World, params: dict[str, Any]) -> bool:
    if "customer" not in params:
        return True  # the page asks a new one
    address = world.store.get(params["customer"], "customer")["address"]
    return bool(address and address["country"])
