"""Money sent back at our request."""

from typing import Any

from billing.stripe_gateway.calling import client, errors, key_for, once
from billing.stripe_gateway.objects import RefundObject


def create_refund(*, payment_intent_id: str, unit_amount: int, refund_uuid: str) -> RefundObject:
    """
    Send money back, once an uuid of our Refund, which stands in the metadata too.

    Stripe knows a key for a day. After that, look with `find_refund` first.

    https://docs.stripe.com/api/refunds/create

    :param unit_amount: in the payment's smallest unit
    :raises GatewayRefused: if Stripe said no; no money moved
    :raises GatewayUnavailable: if no answer came; money may have moved
    """
    params: dict[str, Any] = {
        "payment_intent": payment_intent_id,
        "amount": unit_amount,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": refund_uuid},
    }
    with errors():
        refund = once(
            lambda: client().v1.refunds.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(f"refund:{refund_uuid}", params)},
            )
        )
        return RefundObject.read(refund.to_dict())


def find_refund(*, payment_intent_id: str, refund_uuid: str) -> RefundObject | None:
    """
    Look for the refund that carries our uuid, where the answer to its creation was lost.

    :returns: None where Stripe has none of it
    :raises GatewayError: if Stripe did not answer
    """
    with errors():
        found = client(retries=1).v1.refunds.list(
            params={"payment_intent": payment_intent_id, "limit": 100}
        )
        for refund in found.auto_paging_iter():
            read = RefundObject.read(refund.to_dict())
            if read.refund_uuid == refund_uuid:
                return read
    return None
