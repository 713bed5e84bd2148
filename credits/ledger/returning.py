"""Credits that go back: to their lots, or out of a lot whose money went back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from credits import conf, functions, rows
from credits.errors import KeyConflict, NothingToGiveBack
from credits.functions import GiveBack, SetClawbackTarget
from credits.ledger.repeating import first_result
from credits.models import CreditTransaction, Lot
from credits.validation import (
    check_actor,
    check_credits,
    check_instant,
    check_key,
    check_metadata,
    check_operation,
    check_text,
)


def give_back(
    *,
    transaction: CreditTransaction,
    credits: int,
    key: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> CreditTransaction:
    """
    Return credits of a spend or of a captured hold to their lots, the last taken first.

    A lot that owes a clawback pays it out of them, and a lot that has expired loses them, at once.

    :param transaction: a SPEND, or the HOLD of a captured hold
    :returns: the GIVE_BACK, new or the first of this key
    :raises NothingToGiveBack: if the operation used less, or gave it back before
    :raises KeyConflict: if the key was used for something else
    """
    check_operation(credits=credits, key=key, description=description, actor=actor, at=at)
    at = at or timezone.now()
    metadata = check_metadata(metadata)
    kind = CreditTransaction.Kind.GIVE_BACK.value

    given = functions.give_back(
        GiveBack(
            account_id=transaction.account_id,
            undoes_id=transaction.pk,
            credits=credits,
            key=key,
            description=description,
            metadata=metadata,
            actor=actor,
            at=at,
        )
    )

    functions.check_time(given.refused, at)
    if given.transaction_id is None:
        raise NothingToGiveBack(requested=credits, available=given.available or 0)
    if given.replayed:
        return first_result(
            given.transaction_id, kind=kind, amount=credits, undoes_id=transaction.pk
        )
    return rows.transaction(
        id=given.transaction_id,
        account_id=transaction.account_id,
        lot_id=given.lot_id,
        seq=given.seq,
        kind=kind,
        amount=credits,
        balance_after=given.balance_after,
        key=key,
        undoes_id=transaction.pk,
        operation=given.operation,
        description=description,
        metadata=metadata,
        actor=actor,
        created_at=at,
    )


def set_clawback_target(
    *,
    lot: Lot,
    target: int,
    key: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> Lot:
    """
    Say how many credits of a lot are no longer paid for: the only way money taken back gets here.

    The target is absolute. The lot pays towards it what it still holds, now and whenever credits
    return to it, and gets back what it paid beyond it; a lot that has expired meanwhile then lives
    on for `CREDITS_RESTORE_GRACE_DAYS`. A target that stands already changes nothing, whatever the
    key, and a key is recorded only when credits move.

    :param target: credits, from 0 to what the lot was granted
    :returns: the lot as it is now
    :raises KeyConflict: if the key moved another lot, or this one towards another target
    """
    check_credits(target, least=0, most=lot.granted)
    check_key(key)
    check_text(description, "a description")
    check_actor(actor)
    check_instant(at)
    at = at or timezone.now()

    answer = functions.set_clawback_target(
        SetClawbackTarget(
            account_id=lot.account_id,
            lot_id=lot.pk,
            target=target,
            key=key,
            description=description,
            metadata=check_metadata(metadata),
            actor=actor,
            at=at,
            restored_until=at + timedelta(days=conf.restore_grace_days()),
        )
    )

    functions.check_time(answer.refused, at)
    if answer.key_taken:
        raise KeyConflict(key=key)
    return Lot.objects.get(pk=lot.pk)
