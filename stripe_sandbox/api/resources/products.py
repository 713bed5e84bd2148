"""What is sold."""

from stripe_sandbox.api.kinds import Flag, Kind, Many
from stripe_sandbox.api.params import ID, METADATA, TEXT, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.errors import refused
from stripe_sandbox.payments import catalog
from stripe_sandbox.state.store import Object

FIELDS: dict[str, Kind] = {
    "active": Flag(),
    "description": UNSETTABLE,
    "images": Many(TEXT),
    "marketing_features": Many(Fields(of={"name": TEXT})),
    "metadata": METADATA,
    "name": TEXT,
    "shippable": Flag(),
    "statement_descriptor": TEXT,
    "tax_code": UNSETTABLE,
    "unit_label": UNSETTABLE,
    "url": UNSETTABLE,
}
CREATE = form(
    {**FIELDS, "id": ID},
    required=("name",),
    unsupported=frozenset({"default_price_data", "package_dimensions"}),
)
UPDATE = form({**FIELDS, "default_price": ID}, unsupported=frozenset({"package_dimensions"}))


def create(call: Call) -> Object:
    return catalog.add_product(call.world, {k: v for k, v in call.params.items() if k != "expand"})


def update(call: Call) -> Object:
    return updates(call, "product", "product.updated")


def delete(call: Call) -> Object:
    store = call.world.store
    product = store.get(call.id, "product")
    if store.all("price", product=call.id):
        raise refused(
            "This product cannot be deleted because it has one or more user-created prices."
        )
    store.remove(call.id)
    call.world.emit("product.deleted", product)
    return {"id": call.id, "object": "product", "deleted": True}


ROUTES = (
    listing(
        "product",
        "/v1/products",
        {"active": Flag(), "ids": Many(ID), "url": TEXT},
        columns={"ids": "id"},
    ),
    Route("POST", "/v1/products", CREATE, create),
    retrieving("product", "/v1/products/{id}"),
    Route("POST", "/v1/products/{id}", UPDATE, update),
    Route("DELETE", "/v1/products/{id}", form({}), delete),
)
