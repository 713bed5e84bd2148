"""Adjustments by two people: one asks, another decides; the request says who did which."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.atomic import transaction_required
from credits.errors import ApprovalRequired, KeyConflict, LedgerError
from credits.models import Account, AdjustmentRequest, CreditTransaction
from credits.models.lots import DEFAULT_PRIORITY
from credits.validation import (
    check_actor,
    check_change,
    check_key,
    check_terms,
    check_text,
)


class AlreadyDecided(LedgerError):
    """The request was approved or rejected before; `request` says which."""

    def __init__(self, *, request: AdjustmentRequest) -> None:
        self.request = request
        super().__init__(f"{request} is {request.status}")


def adjust_or_ask(
    *,
    account: Account,
    credits: int,
    reason: str,
    actor: str,
    key: str,
    priority: int = DEFAULT_PRIORITY,
    starts_at: datetime | None = None,
    at: datetime | None = None,
) -> CreditTransaction | AdjustmentRequest:
    """
    Adjust, or ask for it where a second person must approve; once per key, either way.

    :raises KeyConflict: if the key adjusted or asked for something else
    :raises InsufficientCredits: if more would be taken than there is
    :raises InvalidOperation: if an argument breaks its rule: see `ledger.adjust`
    """
    if not AdjustmentRequest.objects.filter(account=account, key=key).exists():
        try:
            return ledger.adjust(
                account=account,
                credits=credits,
                reason=reason,
                actor=actor,
                key=key,
                priority=priority,
                starts_at=starts_at,
                at=at,
            )
        except ApprovalRequired:
            pass
    return ask(
        account=account,
        credits=credits,
        reason=reason,
        asked_by=actor,
        key=key,
        priority=priority,
        starts_at=starts_at,
        at=at,
    )


def ask(
    *,
    account: Account,
    credits: int,
    reason: str,
    asked_by: str,
    key: str,
    priority: int = DEFAULT_PRIORITY,
    starts_at: datetime | None = None,
    at: datetime | None = None,
) -> AdjustmentRequest:
    """
    Ask for an adjustment, once per key.

    :raises KeyConflict: if the key asked for something else, or has adjusted already
    :raises InvalidOperation: if an argument breaks its rule: see `ledger.adjust`
    """
    check_change(credits)
    check_text(reason, "a reason", least=1)
    check_actor(asked_by, "asked_by", least=1)
    check_key(key)
    check_terms(credits, priority=priority, starts_at=starts_at)
    done = CreditTransaction.objects.filter(account=account, key=key)
    if done.filter(adjustment_request=None).exists():
        raise KeyConflict(key=key)
    request, is_new = AdjustmentRequest.objects.get_or_create(
        account=account,
        key=key,
        defaults={
            "credits": credits,
            "reason": reason,
            "asked_by": asked_by,
            "priority": priority,
            "starts_at": starts_at,
            "created_at": at or timezone.now(),
        },
    )
    asked = (request.credits, request.asked_by, request.priority, request.starts_at)
    if not is_new and asked != (credits, asked_by, priority, starts_at):
        raise KeyConflict(key=key)
    return request


def approve(
    *, request: AdjustmentRequest, decided_by: str, at: datetime | None = None
) -> AdjustmentRequest:
    """
    Adjust as asked, in the name of who asked.

    Credits whose start has passed meanwhile can be spent at once.

    :param decided_by: 1 to 64 characters, someone other than who asked
    :returns: the request, with its transaction
    :raises ApprovalRequired: if the same person asked
    :raises AlreadyDecided: if it was decided before
    :raises InsufficientCredits: if more would be taken than there is; it stays asked for
    :raises KeyConflict: if its key has adjusted something else meanwhile; it stays asked for
    """
    at = at or timezone.now()
    with transaction.atomic():
        request = _undecided(request, decided_by)
        request.transaction = ledger.adjust(
            account=request.account,
            credits=request.credits,
            reason=request.reason,
            actor=request.asked_by,
            approved_by=decided_by,
            key=request.key,
            priority=request.priority,
            starts_at=request.starts_at,
            at=at,
        )
        return _decide(request, AdjustmentRequest.Status.APPROVED, decided_by, at)


def reject(
    *, request: AdjustmentRequest, decided_by: str, at: datetime | None = None
) -> AdjustmentRequest:
    """
    Turn it down.

    :returns: the request
    :raises ApprovalRequired: if the same person asked
    :raises AlreadyDecided: if it was decided before
    """
    with transaction.atomic():
        request = _undecided(request, decided_by)
        return _decide(request, AdjustmentRequest.Status.REJECTED, decided_by, at or timezone.now())


@transaction_required
def _undecided(request: AdjustmentRequest, decided_by: str) -> AdjustmentRequest:
    request = AdjustmentRequest.objects.select_for_update().get(pk=request.pk)
    if request.status != AdjustmentRequest.Status.ASKED:
        raise AlreadyDecided(request=request)
    if decided_by.strip() in {"", request.asked_by}:
        raise ApprovalRequired(credits=request.credits, above=0)
    return request


@transaction_required
def _decide(
    request: AdjustmentRequest, status: AdjustmentRequest.Status, decided_by: str, at: datetime
) -> AdjustmentRequest:
    request.status = status
    request.decided_by = decided_by
    request.decided_at = at
    request.save(update_fields=["status", "decided_by", "decided_at", "transaction"])
    return request
