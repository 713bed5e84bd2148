"""Saving payment methods for later."""

from stripe_sandbox.api.kinds import Choice, Flag, Many
from stripe_sandbox.api.params import ID, METADATA, TEXT, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.errors import missing_parameter
from stripe_sandbox.payments import setup_intents
from stripe_sandbox.payments.payment_methods import TYPES
from stripe_sandbox.state.store import Object

CREATE = form(
    {
        "automatic_payment_methods": Fields(
            of={"allow_redirects": Choice(of=("always", "never")), "enabled": Flag()},
            required=("enabled",),
        ),
        "confirm": Flag(),
        "customer": ID,
        "description": TEXT,
        "metadata": METADATA,
        "payment_method": ID,
        "payment_method_types": Many(Choice(of=TYPES)),
        "return_url": TEXT,
        "usage": Choice(of=("off_session", "on_session")),
    },
    unsupported=frozenset(
        {"attach_to_self", "flow_directions", "mandate_data", "payment_method_data", "single_use"}
    ),
)
HOW = {"confirm", "expand", "return_url"}
CONFIRM = form({"payment_method": ID, "return_url": TEXT})
UPDATE = form({"description": UNSETTABLE, "metadata": METADATA})
CANCEL = form(
    {"cancellation_reason": Choice(of=("abandoned", "duplicate", "requested_by_customer"))}
)


def create(call: Call) -> Object:
    given = {k: v for k, v in call.params.items() if k not in HOW}
    given["metadata"] = given.get("metadata") or {}
    if "customer" in given:
        call.world.store.get(given["customer"], "customer", param="customer")
    if "automatic_payment_methods" in given:
        given["payment_method_types"] = list(TYPES)
    intent = setup_intents.create(call.world, **given)
    if call.params.get("confirm"):
        _confirm(call, intent, given.get("payment_method"))
    return intent


def confirm(call: Call) -> Object:
    intent = call.world.store.get(call.id, "setup_intent")
    _confirm(call, intent, call.params.get("payment_method") or intent["payment_method"])
    return intent


def _confirm(call: Call, intent: Object, method_id: str | None) -> None:
    if method_id is None:
        raise missing_parameter("payment_method")
    setup_intents.confirm(call.world, intent, method_id)


def update(call: Call) -> Object:
    return updates(call, "setup_intent", None)


def cancel(call: Call) -> Object:
    intent = call.world.store.get(call.id, "setup_intent")
    setup_intents.cancel(call.world, intent, reason=call.params.get("cancellation_reason"))
    return intent


ROUTES = (
    listing("setup_intent", "/v1/setup_intents", {"customer": ID, "payment_method": ID}),
    Route("POST", "/v1/setup_intents", CREATE, create),
    retrieving("setup_intent", "/v1/setup_intents/{id}"),
    Route("POST", "/v1/setup_intents/{id}", UPDATE, update),
    Route("POST", "/v1/setup_intents/{id}/confirm", CONFIRM, confirm),
    Route("POST", "/v1/setup_intents/{id}/cancel", CANCEL, cancel),
)
