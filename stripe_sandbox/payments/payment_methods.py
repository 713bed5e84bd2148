"""
Cards and bank accounts. Stripe's ready `pm_card_…` become a new one whenever they are used.

One that is attached to a customer can be charged again, until it is detached: then never.
https://docs.stripe.com/api/payment_methods/detach
"""

from dataclasses import asdict

from stripe_sandbox.errors import StripeError, missing_object, refused
from stripe_sandbox.payments import test_cards
from stripe_sandbox.payments.test_cards import TestMethod
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

TYPES = ("card", "sepa_debit", "us_bank_account")


def add(
    world: World,
    kind: str,
    test_method: TestMethod,
    *,
    billing_details: Object | None = None,
    metadata: Object | None = None,
) -> Object:
    shapes = {"card": _card, "sepa_debit": _sepa_debit, "us_bank_account": _us_bank_account}
    return world.create(
        "payment_method",
        allow_redisplay="unspecified",
        billing_details=complete_billing_details(billing_details),
        created=world.now(),
        customer=None,
        customer_account=None,
        livemode=False,
        metadata=metadata or {},
        private={"test_method": asdict(test_method)},
        type=kind,
        **{kind: shapes[kind](test_method)},
    )


def resolve(world: World, id: str) -> tuple[Object, TestMethod]:
    """
    Find a payment method and what it does; `pm_card_visa` and its like are made on the spot.

    :raises StripeError: if there is no such payment method
    """
    ready = test_cards.card(id) if id.startswith("pm_card_") else None
    if ready is not None:
        return add(world, "card", ready), ready
    method = world.store.find(id)
    if method is None or method["object"] != "payment_method":
        raise missing_object("PaymentMethod", id, param="payment_method")
    return method, test_method_of(world, id)


def attach(world: World, method: Object, customer_id: str, *, is_set_up: bool = False) -> None:
    """
    Let a customer keep a payment method. `is_set_up`: they were there, and their bank agreed.

    :raises StripeError: 402 if the card is declined, 400 if it is somebody's, or was
    """
    world.store.get(customer_id, "customer", param="customer")
    check_savable(world, method)
    check_usable(world, method)
    if method["customer"] not in {None, customer_id}:
        raise refused(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    if is_set_up:
        world.store.set_private(method["id"], is_set_up=True)
    if world.store.change(method, customer=customer_id):
        world.emit("payment_method.attached", method)


def detach(world: World, method: Object) -> None:
    """
    Take a payment method from its customer, for good.

    :raises StripeError: if it is no customer's
    """
    if method["customer"] is None:
        raise refused(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            param="payment_method",
        )
    world.store.set_private(method["id"], is_detached=True)
    previous = world.store.change(method, customer=None)
    world.emit("payment_method.detached", method, previous)


def forget_customer(world: World, customer_id: str) -> None:
    """Make the payment methods of a customer who was deleted useless; no event tells of it."""
    for method in world.store.all("payment_method", customer=customer_id):
        world.store.set_private(method["id"], is_detached=True)
        world.store.change(method, customer=None)


def check_savable(world: World, method: Object) -> None:
    """
    Look at a card as Stripe does before it is saved.

    :raises StripeError: 402 if the card is declined
    """
    test_method = test_method_of(world, method["id"])
    if not test_method.can_be_saved:
        raise StripeError(
            402,
            test_cards.decline_message(test_method.decline_code),
            type="card_error",
            code=test_cards.error_code(test_method.decline_code),
            decline_code=test_method.decline_code,
        )


def check_usable(world: World, method: Object) -> None:
    """
    See that a payment method can be charged or attached.

    :raises StripeError: if it was detached: that is for good
    """
    if world.store.private(method["id"]).get("is_detached"):
        raise refused(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple "
            "times, you must attach it to a Customer first.",
            param="payment_method",
        )


def change_card(world: World, method: Object, card: str) -> None:
    """
    Let a saved card behave like another test card from now on, as when it expires.

    :raises StripeError: if there is no such test card
    """
    test_method = test_cards.card(card)
    if test_method is None:
        raise refused(f"There is no test card {card}; there are {', '.join(test_cards.CARDS)}.")
    world.store.set_private(method["id"], test_method=asdict(test_method))


def asks_for_customer(world: World, method: Object) -> bool:
    """Whether the bank wants its customer to agree to a charge when they are not there."""
    wants = test_method_of(world, method["id"]).authentication
    is_set_up = bool(world.store.private(method["id"]).get("is_set_up"))
    return wants == "always" or (wants == "until_set_up" and not is_set_up)


def test_method_of(world: World, id: str) -> TestMethod:
    """Tell what a payment method does, or the charge that was made with it."""
    values = world.store.private(id)["test_method"]
    if "refund" in values:
        values["refund"] = tuple(values["refund"])
    return TestMethod(**values)


def complete_billing_details(given: Object | None) -> Object:
    """Stripe shows every line of an address, set or not."""
    given = given or {}
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "address": {**address, **(given.get("address") or {})},
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tax_id": given.get("tax_id"),
    }


def _card(test_method: TestMethod) -> Object:
    return {
        "brand": test_method.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": test_method.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"Sandbox{test_method.last4}Card0",
        "funding": "credit",
        "generated_from": None,
        "last4": test_method.last4,
        "networks": {"available": [test_method.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _sepa_debit(test_method: TestMethod) -> Object:
    return {
        "bank_code": "19043",
        "branch_code": "",
        "country": "AT",
        "fingerprint": f"Sandbox{test_method.last4}Iban0",
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": test_method.last4,
    }


def _us_bank_account(test_method: TestMethod) -> Object:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": f"Sandbox{test_method.last4}Bank0",
        "last4": test_method.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }
