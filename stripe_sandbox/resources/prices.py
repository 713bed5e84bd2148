"""What a product costs, once, in one currency. Prices are never deleted, only archived."""

from typing import Any

from stripe_sandbox.errors import missing_parameter, refused
from stripe_sandbox.money import MAXIMUM
from stripe_sandbox.params import (
    ID,
    METADATA,
    TEXT,
    UNSETTABLE,
    Choice,
    Currency,
    Fields,
    Flag,
    Integer,
    Kind,
    Many,
    form,
)
from stripe_sandbox.resources import products
from stripe_sandbox.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.store import Object
from stripe_sandbox.world import World

TAX_BEHAVIOR = Choice(of=("exclusive", "inclusive", "unspecified"))
PRODUCT_DATA = Fields(
    of={
        "active": Flag(),
        "id": ID,
        "metadata": METADATA,
        "name": TEXT,
        "statement_descriptor": TEXT,
        "tax_code": TEXT,
        "unit_label": TEXT,
    },
    required=("name",),
)
UPDATE_FIELDS: dict[str, Kind] = {
    "active": Flag(),
    "lookup_key": UNSETTABLE,
    "metadata": METADATA,
    "nickname": UNSETTABLE,
    "tax_behavior": TAX_BEHAVIOR,
}
CREATE = form(
    {
        **UPDATE_FIELDS,
        "billing_scheme": Choice(of=("per_unit",)),
        "currency": Currency(),
        "product": ID,
        "product_data": PRODUCT_DATA,
        "unit_amount": Integer(least=0, most=MAXIMUM),
    },
    required=("currency",),
    unsupported=frozenset(
        {
            "currency_options",
            "custom_unit_amount",
            "recurring",
            "tiers",
            "tiers_mode",
            "transfer_lookup_key",
            "transform_quantity",
            "unit_amount_decimal",
        }
    ),
)
UPDATE = form(UPDATE_FIELDS, unsupported=frozenset({"currency_options", "transfer_lookup_key"}))


def add(world: World, given: dict[str, Any]) -> Object:
    """
    Set a price.

    :raises StripeError: if it names no product or two, an unknown one, or no amount
    """
    given = dict(given)
    product_data = given.pop("product_data", None)
    if (product_data is None) == ("product" not in given):
        raise refused(
            "You must specify either `product` or `product_data` when creating a price.",
            code="parameter_missing",
            param="product",
        )
    if "unit_amount" not in given:
        raise missing_parameter("unit_amount")
    if product_data is not None:
        given["product"] = products.add(world, product_data)["id"]
    world.store.get(given["product"], "product", param="product")
    if given.get("lookup_key") and world.store.all("price", lookup_key=given["lookup_key"]):
        raise refused(
            f"A price (`{given['lookup_key']}`) already uses that lookup key.", param="lookup_key"
        )
    price = world.create("price", **{**_defaults(world, given["unit_amount"]), **given})
    world.emit("price.created", price)
    return price


def _defaults(world: World, unit_amount: int) -> Object:
    return {
        "active": True,
        "billing_scheme": "per_unit",
        "created": world.now(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def create(call: Call) -> Object:
    return add(call.world, {k: v for k, v in call.params.items() if k != "expand"})


def update(call: Call) -> Object:
    return updates(call, "price", "price.updated")


ROUTES = (
    listing(
        "price",
        "/v1/prices",
        {
            "active": Flag(),
            "currency": Currency(),
            "lookup_keys": Many(TEXT),
            "product": ID,
            "type": Choice(of=("one_time", "recurring")),
        },
        columns={"lookup_keys": "lookup_key"},
    ),
    Route("POST", "/v1/prices", CREATE, create),
    retrieving("price", "/v1/prices/{id}"),
    Route("POST", "/v1/prices/{id}", UPDATE, update),
)
