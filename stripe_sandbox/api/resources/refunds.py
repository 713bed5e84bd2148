"""Money given back, as the API shows it."""

from stripe_sandbox.api.kinds import Choice, Integer
from stripe_sandbox.api.params import ID, METADATA, TEXT, form
from stripe_sandbox.api.resources.charges import charge_of
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, with_metadata
from stripe_sandbox.payments import refunding
from stripe_sandbox.state.store import Object

CREATE = form(
    {
        "amount": Integer(least=1),
        "charge": ID,
        "instructions_email": TEXT,
        "metadata": METADATA,
        "payment_intent": ID,
        "reason": Choice(of=("duplicate", "fraudulent", "requested_by_customer")),
    },
    unsupported=frozenset(
        {"currency", "customer", "origin", "refund_application_fee", "reverse_transfer"}
    ),
)


def create(call: Call) -> Object:
    return refunding.refund(
        call.world,
        charge_of(call.world, call.params),
        amount=call.params.get("amount"),
        reason=call.params.get("reason"),
        metadata=with_metadata({}, call.params.get("metadata")),
    )


def update(call: Call) -> Object:
    world = call.world
    body = world.store.get(call.id, "refund")
    if "metadata" in call.params:
        metadata = with_metadata(body["metadata"], call.params["metadata"])
        previous = world.store.change(body, metadata=metadata)
        world.emit("refund.updated", body, previous)
        world.emit("charge.refund.updated", body, previous)
    return body


def cancel(call: Call) -> Object:
    body = call.world.store.get(call.id, "refund")
    refunding.cancel(call.world, body)
    return body


ROUTES = (
    listing("refund", "/v1/refunds", {"charge": ID, "payment_intent": ID}),
    Route("POST", "/v1/refunds", CREATE, create),
    retrieving("refund", "/v1/refunds/{id}"),
    Route("POST", "/v1/refunds/{id}", form({"metadata": METADATA}), update),
    Route("POST", "/v1/refunds/{id}/cancel", form({}), cancel),
)
