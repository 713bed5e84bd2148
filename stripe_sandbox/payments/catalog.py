"""What is sold, and what it costs."""

from typing import Any

from stripe_sandbox.errors import missing_parameter, refused
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


def add_product(world: World, given: dict[str, Any]) -> Object:
    """
    Put something on sale.

    :raises StripeError: if the id that was asked for is taken
    """
    if "id" in given and world.store.exists(given["id"]):
        raise refused(
            f"Product already exists: {given['id']}", code="resource_already_exists", param="id"
        )
    product = world.create("product", **{**_product_defaults(world.now()), **given})
    world.emit("product.created", product)
    return product


def _product_defaults(now: int) -> Object:
    return {
        "active": True,
        "created": now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "unit_label": None,
        "updated": now,
        "url": None,
    }


def add_price(world: World, given: dict[str, Any]) -> Object:
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
        given["product"] = add_product(world, product_data)["id"]
    world.store.get(given["product"], "product", param="product")
    if given.get("lookup_key") and world.store.all("price", lookup_key=given["lookup_key"]):
        raise refused(
            f"A price (`{given['lookup_key']}`) already uses that lookup key.", param="lookup_key"
        )
    price = world.create("price", **{**_price_defaults(world, given["unit_amount"]), **given})
    world.emit("price.created", price)
    return price


def _price_defaults(world: World, unit_amount: int) -> Object:
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
