"""
Where the account is at home, and where it is registered to collect tax.

A new account is nowhere, and collects nothing: https://docs.stripe.com/tax/settings-api and
https://docs.stripe.com/tax/registrations-api.
"""

from typing import Any

from stripe_sandbox.errors import refused
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

ID = "tax_settings"
# Prices in these are without tax, unless they say so: `inferred_by_currency`.
# https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior
EXCLUSIVE_CURRENCIES = {"cad", "usd"}


def settings(world: World) -> Object:
    """Show the settings; they exist from the beginning, and have no id."""
    body = dict(_stored(world))
    del body["id"]
    return body


def update(
    world: World, *, defaults: Object | None = None, head_office: Object | None = None
) -> Object:
    """Set what is given; nothing can be taken away again."""
    body = _stored(world)
    changes: dict[str, Any] = {}
    if defaults:
        changes["defaults"] = {**body["defaults"], **defaults}
    if head_office:
        blank = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
        changes["head_office"] = {"address": {**blank, **head_office["address"]}}
        changes |= {"status": "active", "status_details": {"active": {}}}
    if not world.store.exists(ID):
        world.store.add(body)
    previous = world.store.change(body, **changes)
    shown = settings(world)
    if previous:
        world.emit("tax.settings.updated", shown, previous)
    return shown


def register(world: World, *, country: str, country_options: Object) -> Object:
    """
    Register the account with a country's tax office, from now on.

    :raises StripeError: if it is registered there
    """
    if is_registered(world, country):
        raise refused(f"There is an active registration in {country}.", param="country")
    return world.create(
        "tax.registration",
        active_from=world.now(),
        country=country,
        country_options=country_options,
        created=world.now(),
        expires_at=None,
        livemode=False,
        status="active",
    )


def require_active(world: World) -> None:
    """
    Refuse to calculate for an account that is nowhere.

    :raises StripeError: in Stripe's words
    """
    if _stored(world)["status"] != "active":
        raise refused(
            "You must have a valid head office address to enable automatic tax calculation in"
            " test mode. Visit https://dashboard.stripe.com/test/settings/tax to update it.",
            param="automatic_tax",
        )


def is_registered(world: World, country: str) -> bool:
    return any(
        one["country"] == country for one in world.store.all("tax.registration", status="active")
    )


def home(world: World) -> str | None:
    office = _stored(world)["head_office"]
    return office["address"]["country"] if office else None


def is_inclusive(world: World, price: Object) -> bool:
    """Tell whether a price has its tax inside: as it says itself, or as the account's do."""
    behavior = price["tax_behavior"]
    if behavior == "unspecified":
        behavior = _stored(world)["defaults"]["tax_behavior"] or "exclusive"
    if behavior == "inferred_by_currency":
        return price["currency"] not in EXCLUSIVE_CURRENCIES
    return bool(behavior == "inclusive")


def _stored(world: World) -> Object:
    return world.store.find(ID) or {
        "id": ID,
        "object": "tax.settings",
        "defaults": {
            "provider": "stripe",
            "tax_behavior": "inferred_by_currency",
            "tax_code": "txcd_10000000",
        },
        "head_office": None,
        "livemode": False,
        "status": "pending",
        "status_details": {"pending": {"missing_fields": ["head_office"]}},
    }
