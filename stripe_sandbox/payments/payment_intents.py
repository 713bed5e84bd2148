"""
How money is taken: what happens to a PaymentIntent, its charge and its Checkout Session.

Events come in the order and number in which Stripe sends them for one payment.
"""

import json
from dataclasses import asdict
from typing import Any

from stripe_sandbox.errors import StripeError, card_declined, missing_object, refused
from stripe_sandbox.payments import charging, disputing, invoicing, payment_methods
from stripe_sandbox.payments.currencies import MAXIMUM, check_amount, minimum
from stripe_sandbox.payments.money import shown
from stripe_sandbox.payments.test_cards import TestMethod, decline_message, error_code
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

DEBIT_FAILED = ("insufficient_funds", "The customer's account has insufficient funds.")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create_intent(world: World, *, amount: int, currency: str, **given: Any) -> Object:
    """
    Announce that money is to be taken.

    :raises StripeError: if the amount is outside what Stripe takes
    """
    if amount < minimum(currency):
        raise refused(
            f"Amount must be at least {shown(minimum(currency), currency)} {currency}",
            code="amount_too_small",
            param="amount",
        )
    if amount > MAXIMUM:
        raise refused(
            f"Amount must be no more than {shown(MAXIMUM, currency)}",
            code="amount_too_large",
            param="amount",
        )
    check_amount(amount, currency, param="amount")
    values: Object = {
        "allowed_payment_method_types": None,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": world.now(),
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **given,
    }
    if values["payment_method"] is not None:
        values["status"] = "requires_confirmation"
    intent = world.create("payment_intent", **values)
    world.store.change(intent, client_secret=f"{intent['id']}_secret_{random_text(25)}")
    world.emit("payment_intent.created", intent)
    return intent


def confirm(world: World, intent: Object, method_id: str, *, off_session: bool = False) -> None:
    """
    Charge a payment method: at once for a card, later for a bank debit.

    :param off_session: the customer is not there, so their bank cannot ask them
    :raises StripeError: 402 if the card is declined (which is kept), 400 if the state forbids it
    """
    if intent["status"] not in CONFIRMABLE:
        raise refused(
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    method, test_method = payment_methods.resolve(world, method_id)
    _check_owner(world, intent, method, off_session=off_session)
    if method["type"] not in intent["payment_method_types"]:
        raise refused(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this "
            f"PaymentIntent. Its allowed types are {', '.join(intent['payment_method_types'])}.",
            param="payment_method",
        )
    charge = charging.attempt(world, intent, method, test_method, off_session=off_session)
    world.store.change(intent, latest_charge=charge["id"], payment_method=method["id"])
    world.store.set_private(charge["id"], test_method=asdict(test_method))
    if charge["status"] == "pending":
        _start_debit(world, intent, charge, test_method)
    elif charge["status"] == "failed":
        raise _decline(world, intent, charge, method)
    else:
        _receive(world, intent, charge)


def complete(world: World, intent: Object) -> None:
    """Do what follows a payment: bookkeeping, and what its card does afterwards."""
    charge = world.store.get(intent["latest_charge"], "charge")
    if charge["status"] != "succeeded":
        return
    charging.book(world, charge)
    test_method = payment_methods.test_method_of(world, charge["id"])
    if test_method.fraud_warning:
        disputing.warn(world, charge)
    if test_method.dispute == "inquiry":
        disputing.start(world, charge, inquiry=True)
    elif test_method.dispute:
        disputing.start(world, charge, reason=test_method.dispute)


def settle_debit(world: World, intent: Object, *, clears: bool | None = None) -> None:
    """
    Let the bank answer: the debit clears or fails, by default as its account number says.

    :raises StripeError: if nothing is on its way
    """
    if intent["status"] != "processing":
        raise refused(f"There is no bank debit under way for {intent['id']}.")
    world.store.unschedule("settle_debit", intent["id"])
    charge = world.store.get(intent["latest_charge"], "charge")
    if clears is None:
        clears = not payment_methods.test_method_of(world, charge["id"]).debit_fails
    session = session_of(world, intent)
    if clears:
        charging.succeed(world, charge)
        _receive(world, intent, charge)
        if session is not None:
            world.store.change(session, payment_status="paid")
            invoicing.issue(world, session)
            world.emit("checkout.session.async_payment_succeeded", session)
        complete(world, intent)
        return
    code, message = DEBIT_FAILED
    charging.fail(world, charge, code=code, message=message)
    world.emit("charge.failed", charge)
    method = world.store.get(intent["payment_method"], "payment_method")
    _back_to_start(world, intent, {"code": code, "message": message}, method)
    if session is not None:
        world.emit("checkout.session.async_payment_failed", session)


def cancel(world: World, intent: Object, *, reason: str | None) -> None:
    """
    Give up taking the money.

    :raises StripeError: if it has been paid or cancelled
    """
    if intent["status"] not in (*CONFIRMABLE, "requires_capture", "processing"):
        raise refused(
            "You cannot cancel this PaymentIntent because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "canceled: requires_payment_method, requires_capture, requires_confirmation, "
            "requires_action, processing.",
            code="payment_intent_unexpected_state",
        )
    world.store.unschedule("settle_debit", intent["id"])
    world.store.change(
        intent, canceled_at=world.now(), cancellation_reason=reason, status="canceled"
    )
    world.emit("payment_intent.canceled", intent)


def _check_owner(world: World, intent: Object, method: Object, *, off_session: bool) -> None:
    """
    See that a payment method is the customer's, and can still be charged.

    https://docs.stripe.com/payments/save-and-reuse#charge-the-saved-payment-method-later

    :raises StripeError: if it is another customer's, or was detached
    """
    payment_methods.check_usable(world, method)
    if method["customer"] and not intent["customer"]:
        raise refused(
            f"The PaymentMethod {method['id']} belongs to the Customer {method['customer']}. "
            "Please include the Customer in the `customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    if method["customer"] != intent["customer"] and (off_session or method["customer"]):
        raise StripeError(
            400,
            f"The customer does not have a payment method with the ID {method['id']}. The payment "
            "method must be attached to the customer.",
            code=missing_object("PaymentMethod", method["id"]).error["code"],
            param="payment_method",
        )


def session_of(world: World, intent: Object) -> Object | None:
    found = world.store.all("checkout.session", payment_intent=intent["id"])
    return found[0] if found else None


def _start_debit(world: World, intent: Object, charge: Object, test_method: TestMethod) -> None:
    world.store.change(intent, status="processing")
    world.emit("payment_intent.processing", intent)
    world.emit("charge.pending", charge)
    world.schedule("settle_debit", intent["id"], seconds=world.switches.bank_seconds)


def _receive(world: World, intent: Object, charge: Object) -> None:
    world.store.change(
        intent, amount_received=charge["amount"], last_payment_error=None, status="succeeded"
    )
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)


def _decline(world: World, intent: Object, charge: Object, method: Object) -> StripeError:
    decline_code = charge["outcome"]["reason"]
    message = decline_message(decline_code)
    world.emit("charge.failed", charge)
    error = {
        "advice_code": charge["outcome"]["advice_code"],
        "charge": charge["id"],
        "code": error_code(decline_code),
        "decline_code": decline_code,
        "message": message,
    }
    _back_to_start(world, intent, error, method)
    return card_declined(
        decline_code,
        advice_code=charge["outcome"]["advice_code"],
        code=error_code(decline_code),
        message=message,
        charge=charge["id"],
        intent=json.loads(json.dumps(intent)),
    )


def _back_to_start(world: World, intent: Object, error: Object, method: Object) -> None:
    world.store.change(
        intent,
        last_payment_error={"type": "card_error", "payment_method": method, **error},
        payment_method=None,
        status="requires_payment_method",
    )
    world.emit("payment_intent.payment_failed", intent)
