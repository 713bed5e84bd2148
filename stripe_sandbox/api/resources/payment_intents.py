"""Taking money without a Checkout Session, as `stripe trigger` does."""

from stripe_sandbox.api.kinds import Choice, Currency, Flag, Integer, Kind, Many
from stripe_sandbox.api.params import (
    ID,
    METADATA,
    SHIPPING,
    TEXT,
    UNSETTABLE,
    UNSETTABLE_EMAIL,
    Fields,
    form,
)
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.errors import missing_parameter, refused
from stripe_sandbox.payments import payment_intents, payment_methods
from stripe_sandbox.payments.payment_methods import TYPES
from stripe_sandbox.state.store import Object

FIELDS: dict[str, Kind] = {
    "customer": ID,
    "description": UNSETTABLE,
    "metadata": METADATA,
    "receipt_email": UNSETTABLE_EMAIL,
    "setup_future_usage": Choice(of=("off_session", "on_session")),
    "shipping": SHIPPING,
    "statement_descriptor": TEXT,
    "statement_descriptor_suffix": TEXT,
}
CREATE = form(
    {
        **FIELDS,
        "amount": Integer(),
        "automatic_payment_methods": Fields(
            of={"allow_redirects": Choice(of=("always", "never")), "enabled": Flag()},
            required=("enabled",),
        ),
        "confirm": Flag(),
        "currency": Currency(),
        "off_session": Flag(),
        "payment_method": ID,
        "payment_method_types": Many(Choice(of=TYPES)),
        "return_url": TEXT,
    },
    required=("amount", "currency"),
    unsupported=frozenset({"application_fee_amount", "capture_method", "mandate", "transfer_data"}),
)
CONFIRM = form(
    {
        "off_session": Flag(),
        "payment_method": ID,
        "receipt_email": UNSETTABLE_EMAIL,
        "return_url": TEXT,
    }
)
# Of how it is paid, not of the PaymentIntent.
HOW = {"confirm", "expand", "off_session", "return_url"}
CANCEL = form(
    {
        "cancellation_reason": Choice(
            of=("abandoned", "duplicate", "fraudulent", "requested_by_customer")
        )
    }
)


def create(call: Call) -> Object:
    if "off_session" in call.params and not call.params.get("confirm"):
        raise refused(
            "You cannot set `off_session` when `confirm` is not set to true.", param="off_session"
        )
    given = {k: v for k, v in call.params.items() if k not in HOW}
    given["metadata"] = given.get("metadata") or {}
    if "customer" in given:
        call.world.store.get(given["customer"], "customer", param="customer")
    if "automatic_payment_methods" in given:
        given["payment_method_types"] = list(TYPES)
    intent = payment_intents.create_intent(call.world, **given)
    if call.params.get("confirm"):
        _confirm(call, intent, given.get("payment_method"))
    return intent


def confirm(call: Call) -> Object:
    intent = call.world.store.get(call.id, "payment_intent")
    _confirm(call, intent, call.params.get("payment_method") or intent["payment_method"])
    return intent


def _confirm(call: Call, intent: Object, method_id: str | None) -> None:
    if method_id is None:
        raise missing_parameter("payment_method")
    off_session = call.params.get("off_session", False)
    method, _test_method = payment_methods.resolve(call.world, method_id)
    if not off_session and payment_methods.asks_for_customer(call.world, method):
        raise refused(
            "The sandbox asks customers to authenticate on its own pages only. Stripe asks them "
            "in `next_action` too."
        )
    method_id = method["id"]
    payment_intents.confirm(call.world, intent, method_id, off_session=off_session)
    payment_intents.complete(call.world, intent)


def update(call: Call) -> Object:
    intent = call.world.store.get(call.id, "payment_intent")
    if intent["status"] in {"canceled", "succeeded"} and set(call.params) - {
        "description",
        "expand",
        "metadata",
    }:
        raise refused(
            "This PaymentIntent's parameters could not be updated because it has a status of "
            f"{intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    return updates(call, "payment_intent", None)


def cancel(call: Call) -> Object:
    intent = call.world.store.get(call.id, "payment_intent")
    payment_intents.cancel(call.world, intent, reason=call.params.get("cancellation_reason"))
    return intent


ROUTES = (
    listing("payment_intent", "/v1/payment_intents", {"customer": ID}),
    Route("POST", "/v1/payment_intents", CREATE, create),
    retrieving("payment_intent", "/v1/payment_intents/{id}"),
    Route("POST", "/v1/payment_intents/{id}", form(FIELDS), update),
    Route("POST", "/v1/payment_intents/{id}/confirm", CONFIRM, confirm),
    Route("POST", "/v1/payment_intents/{id}/cancel", CANCEL, cancel),
)
