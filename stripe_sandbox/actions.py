"""
What a person, a test or a scenario makes happen, by name.

The dashboard's buttons, `POST /_sandbox/<action>` and the tests' fixture all come here. A payment
is named by its PaymentIntent, its charge or its Checkout Session.
"""

import inspect
from collections.abc import Callable
from typing import Any

from stripe_sandbox.delivery import endpoints
from stripe_sandbox.errors import StripeError, missing_object, refused
from stripe_sandbox.payments import (
    discounting,
    disputing,
    paying,
    payment_intents,
    payment_methods,
    refunding,
    taxing,
)
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


def pay(
    world: World,
    *,
    session: str,
    outcome: str = "pay",
    promotion_code: str = "",
    country: str = "",
    name: str = "",
    tax_id: str = "",
) -> Object:
    """Press a button of the hosted page; `outcome` may also be one of Stripe's test cards."""
    body = world.store.get(session, "checkout.session")
    if promotion_code:
        discounting.enter(world, body, promotion_code)
    if country:
        taxing.locate(world, body, country=country, name=name, tax_id=tax_id)
    paying.choose(world, body, outcome)
    return body


def expire(world: World, *, session: str) -> Object:
    body = world.store.get(session, "checkout.session")
    paying.expire(world, body)
    return body


def enter_code(world: World, *, session: str, code: str) -> Object:
    """Enter a promotion code on the hosted page."""
    body = world.store.get(session, "checkout.session")
    discounting.enter(world, body, code)
    return body


def save_card(world: World, *, session: str, card: str = "visa") -> Object:
    """Save one of Stripe's test cards on the page of a session with mode=setup."""
    body = world.store.get(session, "checkout.session")
    paying.choose(world, body, card)
    return body


def change_card(world: World, *, payment_method: str, card: str) -> Object:
    """Let a saved card behave like another test card from now on: it expires, its bank changes."""
    method = world.store.get(payment_method, "payment_method")
    payment_methods.change_card(world, method, card)
    return method


def detach_card(world: World, *, payment_method: str) -> Object:
    """Remove a saved card, as its customer does in the portal or staff in the Dashboard."""
    method = world.store.get(payment_method, "payment_method")
    payment_methods.detach(world, method)
    return method


def update_customer(world: World, *, customer: str, address: Object) -> Object:
    """Change a customer's address, as they do in the portal."""
    body = world.store.get(customer, "customer")
    if previous := world.store.change(body, address=address):
        world.emit("customer.updated", body, previous)
    return body


def enter_address(
    world: World, *, session: str, country: str, name: str = "", tax_id: str = ""
) -> Object:
    """Enter on the hosted page where the buyer lives, and their business's name and tax id."""
    body = world.store.get(session, "checkout.session")
    taxing.locate(world, body, country=country, name=name, tax_id=tax_id)
    return body


def settle_debit(world: World, *, payment: str, clears: bool | None = None) -> Object:
    """Let the bank answer now; by default as the account number says."""
    charge = charge_of(world, payment)
    intent = world.store.get(charge["payment_intent"], "payment_intent")
    payment_intents.settle_debit(world, intent, clears=clears)
    return intent


def refund(
    world: World,
    *,
    payment: str,
    amount: int | None = None,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
    status: str | None = None,
    becomes: str | None = None,
) -> Object:
    """Refund from the Dashboard: `status` is what it is at first, `becomes` what it will be."""
    if status is not None and status not in refunding.OUTCOMES:
        raise refused(f"A refund begins as one of {', '.join(refunding.OUTCOMES)}.")
    if amount is not None and amount < 1:
        raise refused("This value must be greater than or equal to 1.", param="amount")
    return refunding.refund(
        world,
        charge_of(world, payment),
        amount=amount,
        reason=reason,
        metadata=metadata,
        status=status,
        becomes=becomes,
    )


def settle_refund(world: World, *, refund: str, becomes: str | None = None) -> Object:
    body = world.store.get(refund, "refund")
    refunding.settle(world, body, becomes)
    return body


def dispute(
    world: World,
    *,
    payment: str,
    amount: int | None = None,
    inquiry: bool = False,
    reason: str = "fraudulent",
) -> Object:
    charge = charge_of(world, payment)
    return disputing.start(world, charge, amount=amount, inquiry=inquiry, reason=reason)


def escalate(world: World, *, dispute: str) -> Object:
    """Let an inquiry become a chargeback."""
    body = world.store.get(dispute, "dispute")
    disputing.escalate(world, body)
    return body


def win(world: World, *, dispute: str, amount: int | None = None) -> Object:
    """Win a dispute; with an amount, that much comes back and the dispute stays open."""
    body = world.store.get(dispute, "dispute")
    disputing.win(world, body, amount=amount)
    return body


def lose(world: World, *, dispute: str) -> Object:
    body = world.store.get(dispute, "dispute")
    disputing.lose(world, body)
    return body


def warn(world: World, *, payment: str) -> Object:
    """Send an early fraud warning."""
    return disputing.warn(world, charge_of(world, payment))


def resend(world: World, *, event: str) -> Object:
    """Deliver an event again to every endpoint."""
    body = world.store.get(event, "event")
    for endpoint in world.store.all("webhook_endpoint", status="enabled"):
        world.deliver(event, endpoint["id"])
    return body


def forward(world: World, *, url: str, secret: str) -> Object:
    return endpoints.forward(world, url=url, secret=secret)


def advance(world: World, *, seconds: float) -> Object:
    """Bring everything that is due nearer by so much: expiries, banks, retries."""
    with world.store.transaction():
        world.store.db.execute("UPDATE due SET at = at - ?", (seconds,))
        world.store.db.execute(
            "UPDATE deliveries SET due_at = due_at - ? WHERE state = 'waiting'", (seconds,)
        )
    world.on_change()
    return {}


def switch(world: World, **values: Any) -> Object:
    world.switches.set(**values)
    world.on_change()
    return world.switches.shown()


ACTIONS: dict[str, Callable[..., Object]] = {
    action.__name__: action
    for action in (
        advance,
        change_card,
        detach_card,
        dispute,
        enter_address,
        enter_code,
        escalate,
        expire,
        forward,
        lose,
        pay,
        refund,
        resend,
        save_card,
        settle_debit,
        settle_refund,
        switch,
        update_customer,
        warn,
        win,
    )
}


def perform(world: World, name: str, values: dict[str, Any]) -> Object:
    """
    Do an action by name, wholly or not at all; a declined card leaves its traces.

    :raises StripeError: if there is no such action, or it cannot be done
    """
    action = ACTIONS.get(name)
    if action is None:
        raise StripeError(404, f"There is no action {name}; there are {', '.join(ACTIONS)}.")
    try:
        inspect.signature(action).bind(world, **values)
    except TypeError as error:
        raise StripeError(400, f"{name}: {error}") from error
    declined: StripeError | None = None
    with world.store.transaction():
        try:
            body = action(world, **values)
        except StripeError as error:
            if error.undoes:
                raise
            declined = error
    if declined is not None:
        raise declined
    return body


def charge_of(world: World, payment: str) -> Object:
    """
    Find the charge of a payment that is named by any of its ids.

    :raises StripeError: if there is no such payment, or nothing was paid
    """
    body = world.store.find(payment)
    if body is not None and body["object"] == "checkout.session" and body["payment_intent"]:
        body = world.store.find(body["payment_intent"])
    if body is not None and body["object"] == "payment_intent" and body["latest_charge"]:
        body = world.store.find(body["latest_charge"])
    if body is None or body["object"] != "charge":
        raise missing_object("payment", payment)
    return body
