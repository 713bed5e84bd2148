"""
Early fraud warnings: a bank expects a dispute. A person refunds the payment, or dismisses it.

https://docs.stripe.com/disputes/how-disputes-work#early-fraud-warnings
"""

import logging

from django.db import transaction
from django.utils import timezone

from billing.models import Payment
from billing.settlement import settling
from billing.users import Staff, permissions

log = logging.getLogger(__name__)


class FraudError(Exception):
    """Nothing was noted."""


class NotWarned(FraudError):
    """There is no warning about this payment."""


class AlreadyAnswered(FraudError):
    """Somebody was first. `payment` is as it stands now."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(f"{payment} was looked at by {payment.fraud_looked_by}.")
        self.payment = payment


class ReasonMissing(FraudError):
    """Dismissing a warning needs a reason."""


@transaction.atomic
def dismiss(*, payment: Payment, reason: str, by: Staff) -> Payment:
    """
    Note that somebody looked at a warning and refunds nothing. Credits on hold come back.

    :raises PermissionDenied: if this person may not decide
    :raises FraudError: if there is no warning, no reason, or somebody was first
    """
    permissions.require(by, permissions.RESOLVE_EVENT)
    if not reason.strip():
        raise ReasonMissing
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.fraud_warned_at is None:
        raise NotWarned
    if payment.fraud_looked_at is not None:
        raise AlreadyAnswered(payment)
    payment.fraud_looked_at = timezone.now()
    payment.fraud_looked_by_id = by.pk
    payment.fraud_note = reason
    payment.save(update_fields=["fraud_looked_at", "fraud_looked_by", "fraud_note"])
    settling.settle(payment)
    log.info("fraud_warning_dismissed", extra={"payment": payment.pk, "by": str(by.pk)})
    return payment
