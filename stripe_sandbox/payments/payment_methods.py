"""Cards and bank accounts. Stripe's ready `pm_card_…` become a new one whenever they are used."""

from dataclasses import asdict

from stripe_sandbox.errors import missing_object
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
