"""
Saving a payment method for later, while its customer is there and their bank can ask them.

https://docs.stripe.com/payments/setup-intents
"""

import json
from typing import Any

from stripe_sandbox.errors import StripeError, refused
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(world: World, **given: Any) -> Object:
    """Announce that a payment method is to be saved."""
    values: Object = {
        "allowed_payment_method_types": None,
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": None,
        "created": world.now(),
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "managed_payments": None,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
        **given,
    }
    if values["payment_method"] is not None:
        values["status"] = "requires_confirmation"
    intent = world.create("setup_intent", **values)
    world.store.change(intent, client_secret=f"{intent['id']}_secret_{random_text(25)}")
    world.emit("setup_intent.created", intent)
    return intent


def confirm(world: World, intent: Object, method_id: str) -> None:
    """
    Save a payment method, and attach it to the customer where there is one.

    :raises StripeError: 402 if the card is declined (which is kept), 400 if the state forbids it
    """
    if intent["status"] not in CONFIRMABLE:
        raise refused(
            "You cannot confirm this SetupIntent because it has already "
            f"{'succeeded' if intent['status'] == 'succeeded' else 'been canceled'}.",
            code="setup_intent_unexpected_state",
        )
    method, _test_method = payment_methods.resolve(world, method_id)
    if method["type"] not in intent["payment_method_types"]:
        raise refused(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this "
            f"SetupIntent. Its allowed types are {', '.join(intent['payment_method_types'])}.",
            param="payment_method",
        )
    try:
        payment_methods.check_savable(world, method)
        if intent["customer"]:
            payment_methods.attach(world, method, intent["customer"], is_set_up=True)
    except StripeError as error:
        if error.undoes:
            raise
        world.store.change(
            intent,
            last_setup_error={**error.error, "payment_method": method},
            payment_method=None,
            status="requires_payment_method",
        )
        world.emit("setup_intent.setup_failed", intent)
        error.error["setup_intent"] = json.loads(json.dumps(intent))
        raise
    world.store.change(
        intent, last_setup_error=None, payment_method=method["id"], status="succeeded"
    )
    world.emit("setup_intent.succeeded", intent)


def cancel(world: World, intent: Object, *, reason: str | None) -> None:
    """
    Give up saving one.

    :raises StripeError: if it was saved, or given up before
    """
    if intent["status"] not in CONFIRMABLE:
        raise refused(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. "
            "Only a SetupIntent with one of the following statuses may be canceled: "
            f"{', '.join(CONFIRMABLE)}.",
            code="setup_intent_unexpected_state",
        )
    world.store.change(intent, cancellation_reason=reason, status="canceled")
    world.emit("setup_intent.canceled", intent)
