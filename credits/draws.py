"""Taking credits from open lots: what a spend, a hold and a negative adjustment have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from credits import doors, notices, rows, signals
from credits.errors import InsufficientCredits, KeyConflict, UnknownAccount
from credits.models import Account, CreditTransaction
from credits.validation import (
    check_account,
    check_actor,
    check_credits,
    check_instant,
    check_key,
    check_metadata,
    check_text,
)


def wanted(
    *,
    kind: CreditTransaction.Kind,
    account: Account,
    credits: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any] | None,
    actor: str,
    at: datetime | None,
    lien: bool = False,
    hold_expires_at: datetime | None = None,
) -> doors.Draw:
    """
    Check what a host asks for.

    :raises InvalidOperation: if any of it cannot be
    """
    check_account(account)
    check_credits(credits)
    check_key(key)
    check_text(description)
    check_actor(actor)
    check_instant(at)
    return doors.Draw(
        account_id=account.pk,
        kind=kind.value,
        credits=credits,
        key=key,
        description=description,
        metadata=check_metadata(metadata),
        actor=actor,
        at=at or timezone.now(),
        lien=lien,
        hold_expires_at=hold_expires_at,
    )


def is_lien_kept() -> bool:
    """Tell whether spends and holds leave what the account owes."""
    return bool(settings.CREDITS_SHORTFALL_POLICY == "lien")


def outcome(draw: doors.Draw, drawn: doors.Drawn) -> CreditTransaction:
    """
    Read a door's answer.

    :raises InsufficientCredits: if the balance was too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    if drawn.replayed and drawn.transaction_id is not None:
        return first_result(drawn.transaction_id, kind=draw.kind, amount=-draw.credits)
    if drawn.transaction_id is None:
        if drawn.available is None:
            raise UnknownAccount(str(draw.account_id))
        raise InsufficientCredits(requested=draw.credits, available=max(0, drawn.available))
    taken = rows.transaction(
        id=drawn.transaction_id,
        account_id=draw.account_id,
        seq=drawn.seq,
        kind=draw.kind,
        amount=-draw.credits,
        balance_after=drawn.balance_after,
        key=draw.key,
        undoes_id=None,
        description=draw.description,
        metadata=draw.metadata,
        actor=draw.actor,
        created_at=draw.at,
    )
    if taken.kind == CreditTransaction.Kind.SPEND:
        signals.send(
            signals.credits_spent, CreditTransaction, transaction=taken, credits=draw.credits
        )
    notices.watch(taken)
    return taken


def first_result(
    transaction_id: int, *, kind: str, amount: int, undoes_id: int | None = None
) -> CreditTransaction:
    """
    Find the operation that a repeated one repeats.

    :raises KeyConflict: if the operation with this key was another one
    """
    first = CreditTransaction.objects.get(pk=transaction_id)
    if (first.kind, first.amount, first.undoes_id) != (kind, amount, undoes_id):
        raise KeyConflict(key=first.key)
    return first
