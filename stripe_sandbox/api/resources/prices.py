"""What a product costs, once, in one currency. Prices are never deleted, only archived."""

from stripe_sandbox.api.kinds import Choice, Currency, Flag, Integer, Kind, Many
from stripe_sandbox.api.params import ID, METADATA, TEXT, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.payments import catalog
from stripe_sandbox.payments.currencies import MAXIMUM
from stripe_sandbox.state.store import Object

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


def create(call: Call) -> Object:
    return catalog.add_price(call.world, {k: v for k, v in call.params.items() if k != "expand"})


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
