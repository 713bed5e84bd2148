"""Money taken back by the customer's bank, and early warnings of it, as the API shows them."""

from stripe_sandbox.api.kinds import Flag
from stripe_sandbox.api.params import ID, METADATA, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, with_metadata
from stripe_sandbox.payments import disputing
from stripe_sandbox.state.store import Object

EVIDENCE = Fields(
    of=dict.fromkeys(disputing.EVIDENCE, UNSETTABLE),
    unsupported=frozenset({"enhanced_evidence"}),
)
UPDATE = form({"evidence": EVIDENCE, "metadata": METADATA, "submit": Flag()})


def update(call: Call) -> Object:
    """Evidence is sent to the bank unless `submit` is false, as at Stripe."""
    world, params = call.world, call.params
    dispute = world.store.get(call.id, "dispute")
    changes: Object = {}
    if "metadata" in params:
        changes["metadata"] = with_metadata(dispute["metadata"], params["metadata"])
    if "evidence" in params:
        changes["evidence"] = {**dispute["evidence"], **params["evidence"]}
    previous = world.store.change(dispute, **changes)
    if previous:
        world.emit("charge.dispute.updated", dispute, previous)
    if "evidence" in params and params.get("submit", True):
        disputing.submit(world, dispute, params["evidence"])
    return dispute


def close(call: Call) -> Object:
    """Accept a dispute as lost; an inquiry ends without money."""
    dispute = call.world.store.get(call.id, "dispute")
    disputing.lose(call.world, dispute)
    return dispute


WARNINGS = "/v1/radar/early_fraud_warnings"
ROUTES = (
    listing("dispute", "/v1/disputes", {"charge": ID, "payment_intent": ID}),
    retrieving("dispute", "/v1/disputes/{id}"),
    Route("POST", "/v1/disputes/{id}", UPDATE, update),
    Route("POST", "/v1/disputes/{id}/close", form({}), close),
    listing("radar.early_fraud_warning", WARNINGS, {"charge": ID, "payment_intent": ID}),
    retrieving("radar.early_fraud_warning", WARNINGS + "/{id}"),
)
