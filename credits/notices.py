"""
Notices in time: a balance that runs low, credits that are about to expire, or have expired.

A low balance is noted once, and again only after it had recovered to CREDITS_LOW_BALANCE_RECOVERED,
so that a balance around the threshold does not send a signal every day. An expiry is noted
CREDITS_EXPIRY_NOTICE_DAYS ahead, each once per lot, and never longer ahead than the lot lives.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from credits import conf, signals
from credits.atomic import transaction_required
from credits.models import Account, CreditTransaction, ExpiryNotice, Lot, LowBalanceNotice

# Days ahead of a notice that a lot has expired.
EXPIRED: Final = 0
# What expired earlier, and was told to nobody, is no news any more.
LOOK_BACK: Final = timedelta(days=7)


@transaction_required
def note_low_balance(taken: CreditTransaction, *, threshold: int) -> None:
    """
    Note that an operation took a balance below the threshold, and send `balance_low` after commit.

    Nothing happens if that was noted before and the balance has not recovered since.
    """
    last = LowBalanceNotice.objects.filter(account=taken.account_id).order_by("-seq").first()
    if last and not _recovered_since(last):
        return
    _notice, is_new = LowBalanceNotice.objects.get_or_create(
        account_id=taken.account_id, seq=taken.seq, defaults={"created_at": taken.created_at}
    )
    if is_new:
        signals.announce(
            signals.balance_low,
            Account,
            account=taken.account,
            balance=taken.balance_after,
            threshold=threshold,
        )


def announce_expiring(*, at: datetime | None = None) -> int:
    """
    Note each lot that expires soon, once for each day ahead, and send `credits_expiring`.

    :param at: the datetime to count from, default now
    :returns: how many notices are new
    """
    at = at or timezone.now()
    new = 0
    # The shortest first: a lot that was noted to expire tomorrow is not noted to expire in a month.
    for days in sorted(conf.expiry_notice_days()):
        for lot in _expiring(at, days).iterator():
            new += _note_expiring(lot, days=days, at=at)
    return new


def announce_expired(*, at: datetime | None = None) -> int:
    """
    Note each lot that has expired with something left in it, once, and send `credits_expired`.

    Whoever swept it: the job, or the verb that came first. What comes back to it later is lost at
    once, and not told of.

    :returns: how many notices are new
    """
    at = at or timezone.now()
    noted = ExpiryNotice.objects.filter(lot=OuterRef("pk"), days=EXPIRED)
    lots = (
        Lot.objects.filter(expired__gt=0, expires_at__gt=at - LOOK_BACK, expires_at__lte=at)
        .filter(~Exists(noted))
        .order_by("expires_at", "pk")
        .select_related("account")
    )
    return sum(_note_expired(lot, at=at) for lot in lots.iterator())


@transaction.atomic
def _note_expiring(lot: Lot, *, days: int, at: datetime) -> bool:
    is_new = _note(lot, days=days, at=at)
    if is_new:
        signals.announce(signals.credits_expiring, Lot, lot=lot, days=days)
    return is_new


@transaction.atomic
def _note_expired(lot: Lot, *, at: datetime) -> bool:
    is_new = _note(lot, days=EXPIRED, at=at)
    if is_new:
        signals.announce(signals.credits_expired, Lot, lot=lot)
    return is_new


def _note(lot: Lot, *, days: int, at: datetime) -> bool:
    _notice, is_new = ExpiryNotice.objects.get_or_create(
        lot=lot, days=days, defaults={"created_at": at}
    )
    return is_new


def _recovered_since(last: LowBalanceNotice) -> bool:
    return CreditTransaction.objects.filter(
        account=last.account_id,
        seq__gt=last.seq,
        balance_after__gte=conf.low_balance_recovered(),
    ).exists()


def _expiring(at: datetime, days: int) -> QuerySet[Lot]:
    """Lots that live longer than `days`, expire within them, and were not noted so late before."""
    ahead = timedelta(days=days)
    noted = ExpiryNotice.objects.filter(lot=OuterRef("pk"), days__lte=days)
    return (
        Lot.objects.open()
        .filter(account__next_expiry_at__lte=at + ahead)
        .filter(expires_at__gt=at, expires_at__lte=at + ahead)
        .filter(expires_at__gt=F("created_at") + ahead)
        .exclude(kind=Lot.Kind.ALLOWANCE)  # comes again by itself
        .filter(~Exists(noted))
        .select_related("account")
    )
