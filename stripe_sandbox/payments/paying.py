"""What the buyer does on the payment page, and what becomes of the Checkout Session."""

from stripe_sandbox.errors import refused
from stripe_sandbox.payments import (
    discounting,
    invoicing,
    payment_intents,
    payment_methods,
    setup_intents,
    taxing,
)
from stripe_sandbox.payments.test_cards import CARDS, bank_account
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

# The buttons of the hosted page. `cancel` leaves the session as it is.
OUTCOMES = ("pay", "decline", "debit_clears", "debit_fails", "dispute", "cancel")
CARD_OF = {"pay": "visa", "decline": "chargeDeclined", "dispute": "createDispute"}
ACCOUNT_OF = {"debit_clears": "000123456789", "debit_fails": "000222222227"}
BUYER = "buyer@example.com"


def choose(world: World, session: Object, outcome: str) -> None:
    """
    Press a button of the payment page.

    :raises StripeError: 402 if the card is declined, 400 if the session or its methods forbid it
    """
    if outcome == "cancel":
        return
    if session["mode"] == "setup":
        save(world, session, _card(world, outcome)["id"])
        return
    if outcome in ACCOUNT_OF:
        debits = [kind for kind in session["payment_method_types"] if kind != "card"]
        if not debits:
            raise refused("This Checkout Session takes no bank debit.", param="outcome")
        test_method = bank_account(ACCOUNT_OF[outcome])
        method = payment_methods.add(world, debits[0], test_method)
    else:
        method = _card(world, outcome)
    pay(world, session, method["id"])


def pay(world: World, session: Object, method_id: str) -> None:
    """
    Pay a session with a payment method.

    :raises StripeError: 402 if the card is declined, 400 if the session is not open
    """
    if session["status"] != "open":
        raise refused(
            f"This Checkout Session is {session['status']} and can no longer be paid.",
            code="checkout_session_not_open",
        )
    method, _ = payment_methods.resolve(world, method_id)
    taxing.require_location(world, session, method["billing_details"]["address"])
    if session["amount_total"] == 0:
        _finish(world, session, method, payment_status="no_payment_required")
        return
    intent = _intent(world, session)
    payment_intents.confirm(world, intent, method["id"])
    _finish(
        world,
        session,
        method,
        payment_intent=intent["id"],
        payment_status="paid" if intent["status"] == "succeeded" else "unpaid",
    )
    payment_intents.complete(world, intent)


def save(world: World, session: Object, method_id: str) -> None:
    """
    Save a payment method on a page that only does that.

    :raises StripeError: 402 if the card is declined, 400 if the session is not open
    """
    if session["status"] != "open":
        raise refused(
            f"This Checkout Session is {session['status']} and can no longer be used.",
            code="checkout_session_not_open",
        )
    intent = world.store.get(session["setup_intent"], "setup_intent")
    setup_intents.confirm(world, intent, method_id)
    method = world.store.get(intent["payment_method"], "payment_method")
    _finish(world, session, method)


def expire(world: World, session: Object) -> None:
    """
    End a session without a payment.

    :raises StripeError: unless it is open
    """
    if session["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}.",
        )
    world.store.unschedule("expire_session", session["id"])
    world.store.change(session, status="expired", url=None)
    if session["setup_intent"] is not None:
        intent = world.store.get(session["setup_intent"], "setup_intent")
        setup_intents.cancel(world, intent, reason="abandoned")
    intent_id = world.store.private(session["id"]).get("payment_intent")
    if intent_id is not None:
        payment_intents.cancel(
            world, world.store.get(intent_id, "payment_intent"), reason="automatic"
        )
    world.emit("checkout.session.expired", session)


def customer_details(
    *,
    email: str | None,
    name: str | None = None,
    phone: str | None = None,
    address: Object | None = None,
    business_name: str | None = None,
    tax_ids: list[Object] | None = None,
) -> Object:
    return {
        "address": address,
        "business_name": business_name,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": phone,
        "tax_exempt": "none",
        "tax_ids": tax_ids or ([] if address else None),
    }


def _card(world: World, outcome: str) -> Object:
    card = CARDS.get(CARD_OF.get(outcome, outcome))
    if card is None:
        raise refused(
            f"There is no outcome {outcome}; there are {', '.join(OUTCOMES)}, and the names "
            f"of Stripe's test cards: {', '.join(CARDS)}.",
            param="outcome",
        )
    return payment_methods.add(world, "card", card)


def _address(billing: Object, said: Object) -> Object:
    """Put what the buyer said before what the payment method knows."""
    known = {name: value for name, value in said.items() if value}
    return {**billing, "country": billing["country"] or taxing.HOME, **known}


def _intent(world: World, session: Object) -> Object:
    """One PaymentIntent serves all attempts; it is made at the first, and shown when paid."""
    private = world.store.private(session["id"])
    if "payment_intent" in private:
        intent = world.store.get(private["payment_intent"], "payment_intent")
        world.store.change(intent, amount=session["amount_total"])
        return intent
    data = private["payment_intent_data"]
    intent = payment_intents.create_intent(
        world,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        managed_payments={"enabled": True} if session["managed_payments"]["enabled"] else None,
        payment_method_types=session["payment_method_types"],
        **{**data, "metadata": data.get("metadata") or {}},
    )
    world.store.set_private(session["id"], payment_intent=intent["id"])
    return intent


def _finish(world: World, session: Object, method: Object, **values: object) -> None:
    billing = method["billing_details"]
    email = session["customer_email"] or billing["email"] or BUYER
    if session["customer_details"]:
        email = session["customer_details"]["email"] or email
    buyer = taxing.buyer_of(world, session)
    details = customer_details(
        email=email,
        name=buyer.get("name") or billing["name"] or "Jenny Rosen",
        phone=billing["phone"],
        address=_address(billing["address"], buyer.get("address", {})),
        business_name=buyer.get("name"),
        tax_ids=buyer.get("tax_ids"),
    )
    world.store.unschedule("expire_session", session["id"])
    world.store.change(session, customer_details=details, status="complete", url=None, **values)
    discounting.redeem(world, session)
    taxing.remember(world, session, details)
    if session["payment_status"] == "paid":
        invoicing.issue(world, session)
    world.emit("checkout.session.completed", session)
