"""
Small payments that Stripe warns of: refunded by the site itself, once, where a setting says so.

A refund before the dispute saves the bank's fee, and counts for no dispute:
https://docs.stripe.com/disputes/how-disputes-work#early-fraud-warnings. Whatever Stripe refuses
waits for staff, as all warnings do.
"""

import logging
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from django.db.models import Q

from billing import conf, refunds
from billing.models import Payment, Refund
from billing.settlement import settling

log = logging.getLogger(__name__)

REASON: Final = "Early fraud warning"
# Makes the one number that the refund of a payment by itself can have.
NAMESPACE: Final = UUID("8a1f5f0e-6c52-4e0c-9d3b-0f6b6f1c2a55")


def refund_due() -> int:
    """Refund each warned payment below its currency's limit; return how many Stripe was asked."""
    limits = conf.fraud_refund_below()
    if not limits:
        return 0
    warned = Payment.objects.warned().filter(_below(limits), livemode=conf.livemode())
    reserved = [_reserve(payment, limits=limits) for payment in warned.order_by("pk")]
    asked = [refunds.submit(refund) for refund in reserved if refund]
    return len(asked)


def _below(limits: Mapping[str, int]) -> Q:
    below = Q(pk__in=[])
    for currency, limit in limits.items():
        below |= Q(currency=currency, amount_received__lt=limit)
    return below


def _reserve(payment: Payment, *, limits: Mapping[str, int]) -> Refund | None:
    """Write the refund down, unless somebody has decided meanwhile, or it was tried before."""
    nonce = uuid5(NAMESPACE, payment.stripe_payment_intent_id)
    with settling.settled(payment) as locked:
        is_due = Payment.objects.warned().filter(_below(limits), pk=locked.pk).exists()
        if not is_due or Refund.objects.filter(uuid=nonce).exists():
            return None
        try:
            refund = refunds.write_down(
                locked,
                unit_amount=refunds.refundable_of(locked),
                reason=REASON,
                requested_by=None,
                nonce=nonce,
            )
        except refunds.RefundError as error:
            log.info("warned_not_refunded", extra={"payment": payment.pk, "why": str(error)})
            return None
    log.info("warned_refunded", extra={"payment": payment.pk, "refund": str(refund.uuid)})
    return refund
