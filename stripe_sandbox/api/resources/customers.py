"""People who pay."""

from stripe_sandbox.api.kinds import Choice, Kind, Many
from stripe_sandbox.api.params import (
    ADDRESS,
    METADATA,
    PAGE,
    TEXT,
    UNSETTABLE,
    UNSETTABLE_EMAIL,
    Fields,
    form,
)
from stripe_sandbox.api.resources.payment_methods import page_of
from stripe_sandbox.api.routes import Call, Route, as_list, listing, updates, with_metadata
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object

FIELDS: dict[str, Kind] = {
    "address": ADDRESS,
    "description": UNSETTABLE,
    "email": UNSETTABLE_EMAIL,
    "metadata": METADATA,
    "name": UNSETTABLE,
    "phone": UNSETTABLE,
    "preferred_locales": Many(TEXT),
    "shipping": Fields(of={"address": ADDRESS, "name": TEXT, "phone": TEXT}),
    "tax_exempt": Choice(of=("none", "exempt", "reverse")),
}
UNSUPPORTED = frozenset({"balance", "cash_balance", "invoice_settings", "source", "tax"})
CREATE = form(FIELDS, unsupported=UNSUPPORTED | {"tax_id_data", "test_clock"})
UPDATE = form(FIELDS, unsupported=UNSUPPORTED)


def create(call: Call) -> Object:
    given = {k: v for k, v in call.params.items() if k != "expand"}
    if "metadata" in given:
        given["metadata"] = with_metadata({}, given["metadata"])
    defaults: Object = {
        "address": None,
        "balance": 0,
        "created": call.world.now(),
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer = call.world.create("customer", **{**defaults, **given})
    call.world.emit("customer.created", customer)
    return customer


def retrieve(call: Call) -> Object:
    """Return a customer; of a deleted one, the stub that is left."""
    body = call.world.store.find(call.id)
    if body is not None and body["object"] == "deleted_customer":
        return {**body, "object": "customer"}
    return call.world.store.get(call.id, "customer")


def update(call: Call) -> Object:
    return updates(call, "customer", "customer.updated")


def delete(call: Call) -> Object:
    store = call.world.store
    customer = store.get(call.id, "customer")
    payment_methods.forget_customer(call.world, call.id)
    store.remove(call.id)
    store.add({"id": call.id, "object": "deleted_customer", "deleted": True})
    call.world.emit("customer.deleted", customer)
    return {"id": call.id, "object": "customer", "deleted": True}


def sources(call: Call) -> Object:
    """List a customer's cards and accounts of the time before PaymentMethods: there are none."""
    call.world.store.get(call.id, "customer")
    return as_list([], f"/v1/customers/{call.id}/sources")


def cards(call: Call) -> Object:
    call.world.store.get(call.id, "customer")
    return page_of(call, {"customer": call.id}, f"/v1/customers/{call.id}/payment_methods")


def tax_ids(call: Call) -> Object:
    call.world.store.get(call.id, "customer")
    found = call.world.store.all("tax_id", customer=call.id)[::-1]
    return as_list(found, f"/v1/customers/{call.id}/tax_ids")


ROUTES = (
    listing("customer", "/v1/customers", {"email": TEXT}),
    Route("POST", "/v1/customers", CREATE, create),
    Route("GET", "/v1/customers/{id}", form({}), retrieve),
    Route("POST", "/v1/customers/{id}", UPDATE, update),
    Route("GET", "/v1/customers/{id}/sources", form({**PAGE, "object": TEXT}), sources),
    Route("GET", "/v1/customers/{id}/payment_methods", form({**PAGE, "type": TEXT}), cards),
    Route("GET", "/v1/customers/{id}/tax_ids", form(PAGE), tax_ids),
    Route("DELETE", "/v1/customers/{id}", form({}), delete),
)
