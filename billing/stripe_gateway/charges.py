"""
Charging a saved card while its owner is away.

https://docs.stripe.com/payments/save-and-reuse#charge-the-saved-payment-method-later
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.stripe_gateway.calling import client, errors, get, once, pages
from billing.stripe_gateway.objects import PaymentIntent
from billing.stripe_gateway.problems import GatewayMissing
from billing.stripe_gateway.reading import understood


@dataclass(frozen=True, kw_only=True)
class NewCharge:
    """What a saved card is charged for: the promise of one purchase."""

    purchase_uuid: str
    user_id: str
    price_id: str
    customer_id: str
    payment_method_id: str
    unit_amount: int  # smallest unit of the currency
    currency: str
    description: str


def charge_saved_card(new: NewCharge) -> PaymentIntent:
    """
    Charge a saved card for one purchase, once for its uuid.

    The key is the uuid alone: asked again with anything else, Stripe refuses rather than charge
    twice. Stripe knows a key for a day; after a lost answer look with `find_payment_intent` first.

    https://docs.stripe.com/api/payment_intents/create#create_payment_intent-off_session

    :raises GatewayDeclined: if the bank said no; the PaymentIntent is in the error
    :raises GatewayRefused: if Stripe said no; nothing was charged
    :raises GatewayUnavailable: if no answer came; the card may have been charged
    """
    params: dict[str, Any] = {
        "amount": new.unit_amount,
        "currency": new.currency,
        "customer": new.customer_id,
        "payment_method": new.payment_method_id,
        "payment_method_types": ["card"],
        "off_session": True,
        "confirm": True,
        "description": new.description,
        "metadata": {
            "purchase_id": new.purchase_uuid,
            "user_id": new.user_id,
            "price_id": new.price_id,
            "kind": "topup",
        },
    }
    with errors():
        intent = once(
            lambda: client().v1.payment_intents.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"topup:{new.purchase_uuid}"},
            )
        )
        return PaymentIntent.read(intent.to_dict())


def charge_again(*, payment_intent_id: str, payment_method_id: str, key: str) -> PaymentIntent:
    """
    Try a PaymentIntent that was declined once more. However often: it is paid once at most.

    https://docs.stripe.com/api/payment_intents/confirm

    :param key: of this attempt; asked again with it, Stripe answers the same
    :raises GatewayError: as `charge_saved_card` does
    """
    with errors():
        intent = once(
            lambda: client().v1.payment_intents.confirm(
                payment_intent_id,
                params={"payment_method": payment_method_id, "off_session": True},
                options={"idempotency_key": f"topup:{key}"},
            )
        )
        return PaymentIntent.read(intent.to_dict())


def cancel_payment_intent(payment_intent_id: str) -> PaymentIntent:
    """
    See to it that a PaymentIntent which was declined is never paid.

    https://docs.stripe.com/api/payment_intents/cancel

    :raises GatewayRefused: if it was paid, or canceled before
    :raises GatewayUnavailable: if Stripe did not answer
    """
    with errors():
        intent = client(retries=1).v1.payment_intents.cancel(
            payment_intent_id, params={"cancellation_reason": "abandoned"}
        )
        return PaymentIntent.read(intent.to_dict())


def find_payment_intent(
    *, purchase_uuid: str, customer_id: str, since: datetime
) -> PaymentIntent | None:
    """
    Look for the PaymentIntent of a purchase, where the answer to its creation was lost.

    Lists the customer's, which is up to date at once; Stripe's search is minutes behind:
    https://docs.stripe.com/search#data-freshness

    :returns: None where Stripe has none of it, nor the customer
    :raises GatewayError: if Stripe did not answer
    """
    found = pages("/v1/payment_intents", since=since, customer=customer_id)
    try:
        for page in found:
            for intent in understood(page.data["data"], PaymentIntent.read):
                if intent.purchase_uuid == purchase_uuid:
                    return intent
    except GatewayMissing:
        pass
    return None


def retrieve_payment_intent(payment_intent_id: str) -> PaymentIntent:
    """
    Read one PaymentIntent as it is now.

    :raises GatewayMissing: if Stripe has no such PaymentIntent
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    answer = get(f"/v1/payment_intents/{payment_intent_id}")
    with errors():
        return PaymentIntent.read(answer.data)
