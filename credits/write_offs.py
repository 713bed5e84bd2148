"""
Write off a shortfall: the credits were used, their money went back, and it will not be claimed.

It moves no credits. It only says, for good, that so many of a lot's missing credits are no longer
owed, who said so and why.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from credits import functions
from credits.errors import KeyConflict, LedgerError
from credits.models import Account, Lot, WriteOff
from credits.validation import check_actor, check_credits, check_instant, check_key, check_text


class NothingOwed(LedgerError):
    """Less of this lot is owed than was to be written off. `owed` is in credits."""

    def __init__(self, *, owed: int) -> None:
        self.owed = owed
        super().__init__(f"{owed} credits of this lot are owed")


def owed(lot: Lot) -> int:
    """
    Count a lot's credits that were used, are not paid for, and were not written off.

    :returns: credits, 0 or more
    """
    written_off = WriteOff.objects.filter(lot=lot).aggregate(sum=Sum("credits"))["sum"] or 0
    return max(0, lot.shortfall - int(written_off))


@transaction.atomic
def write_off(
    *, lot: Lot, credits: int, reason: str, actor: str, key: str, at: datetime | None = None
) -> WriteOff:
    """
    Write off credits of a lot's shortfall, once per key.

    :param reason: 1 to 255 characters
    :param actor: 1 to 64 characters
    :returns: the write-off, new or the first of this key
    :raises InvalidOperation: if an argument breaks its rule
    :raises KeyConflict: if the key wrote off something else
    :raises NothingOwed: if less is owed than this
    """
    check_credits(credits)
    check_text(reason, "a reason", least=1)
    check_actor(actor, least=1)
    check_key(key)
    check_instant(at)
    at = at or timezone.now()
    asked = functions.Balance(account_id=lot.account_id, at=at)
    functions.check_time(functions.time(asked).refused, at)
    Account.objects.select_for_update().get(pk=lot.account_id)
    known = WriteOff.objects.filter(lot=lot, key=key).first()
    if known:
        if (known.credits, known.reason, known.actor) != (credits, reason, actor):
            raise KeyConflict(key=key)
        return known
    left = owed(Lot.objects.get(pk=lot.pk))
    if credits > left:
        raise NothingOwed(owed=left)
    return WriteOff.objects.create(
        lot=lot,
        credits=credits,
        reason=reason,
        actor=actor,
        key=key,
        created_at=at,
    )
