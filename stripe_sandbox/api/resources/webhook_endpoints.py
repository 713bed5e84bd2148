"""Where events are delivered to. The signing secret is shown once, at creation, as at Stripe."""

from stripe_sandbox.api.kinds import Flag, Kind, Many
from stripe_sandbox.api.params import METADATA, TEXT, UNSETTABLE, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, with_metadata
from stripe_sandbox.delivery import endpoints
from stripe_sandbox.state.store import Object

FIELDS: dict[str, Kind] = {
    "description": UNSETTABLE,
    "enabled_events": Many(TEXT),
    "metadata": METADATA,
    "url": TEXT,
}
CREATE = form(
    {**FIELDS, "api_version": TEXT},
    required=("enabled_events", "url"),
    unsupported=frozenset({"connect"}),
)
UPDATE = form({**FIELDS, "disabled": Flag()})


def create(call: Call) -> Object:
    given = {k: v for k, v in call.params.items() if k != "expand"}
    given["metadata"] = with_metadata({}, given.get("metadata"))
    return endpoints.add(call.world, **given)


def update(call: Call) -> Object:
    store = call.world.store
    endpoint = store.get(call.id, "webhook_endpoint")
    values = {k: v for k, v in call.params.items() if k not in {"disabled", "expand"}}
    if "metadata" in values:
        values["metadata"] = with_metadata(endpoint["metadata"], values["metadata"])
    if "disabled" in call.params:
        values["status"] = "disabled" if call.params["disabled"] else "enabled"
    store.change(endpoint, **values)
    return endpoint


def delete(call: Call) -> Object:
    call.world.store.get(call.id, "webhook_endpoint")
    call.world.store.remove(call.id)
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}


ROUTES = (
    listing("webhook_endpoint", "/v1/webhook_endpoints", {}, with_created=False),
    Route("POST", "/v1/webhook_endpoints", CREATE, create),
    retrieving("webhook_endpoint", "/v1/webhook_endpoints/{id}"),
    Route("POST", "/v1/webhook_endpoints/{id}", UPDATE, update),
    Route("DELETE", "/v1/webhook_endpoints/{id}", form({}), delete),
)
