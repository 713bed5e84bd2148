"""What happened. Events are kept forever here; Stripe keeps them for 30 days."""

from stripe_sandbox.api.kinds import Flag, Many
from stripe_sandbox.api.params import ID, PAGE, TEXT, form
from stripe_sandbox.api.routes import Call, Route, as_list, retrieving
from stripe_sandbox.state.store import Object

LIST = form({**PAGE, "delivery_success": Flag(), "type": TEXT, "types": Many(TEXT)})
RETRY = form({"account": ID, "for_stripecli": Flag(), "webhook_endpoint": ID})


def list_events(call: Call) -> Object:
    params = call.params
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    filters: Object = {"type": wanted} if wanted else {}
    found, has_more = call.world.store.page(
        "event", filters, **{name: params[name] for name in PAGE if name in params}
    )
    if "delivery_success" in params:
        found = [
            event
            for event in found
            if (event["pending_webhooks"] == 0) == params["delivery_success"]
        ]
    return as_list(found, "/v1/events", has_more=has_more)


def retry(call: Call) -> Object:
    """Deliver again: what `stripe events resend` asks for."""
    event = call.world.store.get(call.id, "event")
    call.world.again.append(event["id"])
    call.world.on_change()
    for endpoint in call.world.store.all("webhook_endpoint", status="enabled"):
        if call.params.get("webhook_endpoint") in {None, endpoint["id"]}:
            call.world.deliver(event["id"], endpoint["id"])
    return event


ROUTES = (
    Route("GET", "/v1/events", LIST, list_events),
    retrieving("event", "/v1/events/{id}"),
    Route("POST", "/v1/events/{id}/retry", RETRY, retry, hidden=True),
)
