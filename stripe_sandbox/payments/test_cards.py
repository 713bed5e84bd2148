"""
What Stripe's test cards and test bank accounts do.

docs.stripe.com/testing: a number, a token (`tok_…`) and a ready payment method (`pm_card_…`) name
the same test method.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class TestMethod:
    """What happens when this card or account is charged, and afterwards."""

    last4: str = "4242"
    brand: str = "visa"
    decline_code: str | None = None
    # A card that is declined is not saved either, unless it is one that declines later.
    can_be_saved: bool = True
    # Whether its bank asks the customer when nobody is there: always, or until_set_up.
    authentication: str = ""
    # `inquiry`, or the reason of a chargeback.
    dispute: str | None = None
    # What a refund starts as and becomes: pending then succeeded, or succeeded then failed.
    refund: tuple[str, str] | None = None
    fraud_warning: bool = False
    # Of a bank debit.
    debit_fails: bool = False


CARDS = {
    "visa": TestMethod(),
    "mastercard": TestMethod("4444", "mastercard"),
    "chargeDeclined": TestMethod("0002", decline_code="generic_decline", can_be_saved=False),
    "chargeDeclinedInsufficientFunds": TestMethod(
        "9995", decline_code="insufficient_funds", can_be_saved=False
    ),
    "chargeDeclinedLostCard": TestMethod("9987", decline_code="lost_card", can_be_saved=False),
    "chargeDeclinedExpiredCard": TestMethod(
        "0069", decline_code="expired_card", can_be_saved=False
    ),
    "chargeCustomerFail": TestMethod("0341", decline_code="generic_decline"),
    "authenticationRequired": TestMethod("3184", authentication="always"),
    "authenticationRequiredOnSetup": TestMethod("3155", authentication="until_set_up"),
    "createDispute": TestMethod("0259", dispute="fraudulent"),
    "createDisputeProductNotReceived": TestMethod("2685", dispute="product_not_received"),
    "createDisputeInquiry": TestMethod("1976", dispute="inquiry"),
    "pendingRefund": TestMethod("7726", refund=("pending", "succeeded")),
    "refundFail": TestMethod("5126", refund=("succeeded", "failed")),
    "createIssuerFraudRecord": TestMethod("5423", fraud_warning=True),
}
NUMBERS = {
    "4242424242424242": "visa",
    "5555555555554444": "mastercard",
    "4000000000000002": "chargeDeclined",
    "4000000000009995": "chargeDeclinedInsufficientFunds",
    "4000000000009987": "chargeDeclinedLostCard",
    "4000000000000069": "chargeDeclinedExpiredCard",
    "4000000000000341": "chargeCustomerFail",
    "4000002760003184": "authenticationRequired",
    "4000002500003155": "authenticationRequiredOnSetup",
    "4000000000000259": "createDispute",
    "4000000000002685": "createDisputeProductNotReceived",
    "4000000000001976": "createDisputeInquiry",
    "4000000000007726": "pendingRefund",
    "4000000000005126": "refundFail",
    "4000000000005423": "createIssuerFraudRecord",
}
# Account numbers and IBANs whose debits fail; all others clear.
FAILING_ACCOUNTS = frozenset(
    {
        "000111111113",
        "000111111116",
        "000222222227",
        "AT861904300235473202",
        "DE62370400440532013001",
        "IT60X0542811101000000123456",
    }
)

# What Stripe calls a decline, where that is not `card_declined`:
# docs.stripe.com/testing#declined-payments.
CODES = {"authentication_required", "expired_card"}
MESSAGES = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "expired_card": "Your card has expired.",
    "insufficient_funds": "Your card has insufficient funds.",
}
# What Stripe advises the shop to do: docs.stripe.com/declines/card#retrying-issuer-declines.
ADVICE = {
    "authentication_required": "confirm_card_data",
    "expired_card": "confirm_card_data",
    "lost_card": "do_not_try_again",
}
DEFAULT_MESSAGE = "Your card was declined."


def decline_message(decline_code: str | None) -> str:
    return MESSAGES.get(decline_code or "", DEFAULT_MESSAGE)


def advice_code(decline_code: str) -> str:
    return ADVICE.get(decline_code, "try_again_later")


def error_code(decline_code: str | None) -> str:
    return decline_code if decline_code in CODES else "card_declined"


def card(name: str) -> TestMethod | None:
    """Find a card by number, `tok_visa`, `pm_card_visa` or `pm_card_visa_chargeDeclined`."""
    name = NUMBERS.get(name, name)
    for prefix in ("pm_card_visa_", "pm_card_", "tok_visa_", "tok_"):
        name = name.removeprefix(prefix)
    return CARDS.get(name)


def bank_account(number: str) -> TestMethod:
    return TestMethod(number[-4:], debit_fails=number in FAILING_ACCOUNTS)
