"""
Collecting what the ledger noticed: a low balance, credits about to expire.

The ledger writes its notices in the transaction that they tell of, and knows no mail. Each becomes
one mail here: a process that died in between loses none.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import CharField, Exists, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from billing.models import OutgoingMail, Preferences
from credits.models import Account, ExpiryNotice, LowBalanceNotice

Kind = OutgoingMail.Kind

BATCH: Final = 500
# What was noticed earlier, and mailed to nobody, is no news any more.
LOOK_BACK: Final = timedelta(days=30)
# A transaction that began earlier than the newest mail may have committed after it.
OVERLAP: Final = timedelta(days=1)
# Of lots that expire one after another a person hears once a day,
ONCE_IN: Final = timedelta(days=1)
# but never so late that nothing can be done about it.
AHEAD: Final = timedelta(hours=12)


def collect(*, at: datetime) -> None:
    """Make a mail of each notice of the ledger that has none, and of each balance below its own."""
    for mails in (_low_balances(at), _expiries(at)):
        while batch := list(islice(mails, BATCH)):
            OutgoingMail.objects.bulk_create(batch, ignore_conflicts=True)
    _low_by_their_own_number(at)


def _low_balances(at: datetime) -> Iterator[OutgoingMail]:
    chosen = Preferences.objects.filter(low_balance__isnull=False).values("user")
    notices = LowBalanceNotice.objects.exclude(account__user__in=chosen)
    for notice in _without_mail(notices, Kind.BALANCE_LOW, at).iterator():
        yield OutgoingMail(
            kind=Kind.BALANCE_LOW,
            account_id=notice.account_id,
            key=notice.key,
            created_at=notice.created_at,
            due_at=at,
        )


@transaction.atomic
def _low_by_their_own_number(at: datetime) -> None:
    """
    Write to those whose balance is below the number that they have chosen, once until it recovers.

    The ledger does not know these numbers; what expires makes a balance low as well.
    """
    chosen = Preferences.objects.filter(low_balance__isnull=False)
    balance = Account.objects.filter(user=OuterRef("user"), last_seq__gt=0).values("balance")
    chosen = chosen.annotate(balance=Subquery(balance))
    recovered = chosen.filter(is_low_told=True, balance__gte=2 * F("low_balance"))
    Preferences.objects.filter(pk__in=recovered.values("pk")).update(is_low_told=False)
    low = chosen.filter(is_low_told=False, balance__lt=F("low_balance"))
    locked = Preferences.objects.select_for_update(skip_locked=True).filter(
        pk__in=list(low.values_list("pk", flat=True)[:BATCH]), is_low_told=False
    )
    accounts = list(
        Account.objects.filter(user__in=[row.user_id for row in locked], last_seq__gt=0)
    )
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(
                kind=Kind.BALANCE_LOW,
                account=account,
                key=f"{Kind.BALANCE_LOW}:own:{account.pk}:{account.last_seq}",
                created_at=at,
                due_at=at,
            )
            for account in accounts
        ],
        ignore_conflicts=True,
    )
    told = [account.user_id for account in accounts]
    Preferences.objects.filter(user__in=told).update(is_low_told=True)


def _expiries(at: datetime) -> Iterator[OutgoingMail]:
    lately = (
        OutgoingMail.objects.filter(
            account=OuterRef("lot__account"),
            kind=Kind.CREDITS_EXPIRING,
            status=OutgoingMail.Status.SENT,
            closed_at__gt=at - ONCE_IN,
        )
        .order_by()
        .values("account")
        .annotate(last=Max("closed_at"))
        .values("last")
    )
    ahead = ExpiryNotice.objects.filter(days__gt=0)  # what has expired is told by webhook alone
    notices = _without_mail(ahead, Kind.CREDITS_EXPIRING, at)
    for notice in notices.select_related("lot").annotate(last_sent_at=Subquery(lately)).iterator():
        yield OutgoingMail(
            kind=Kind.CREDITS_EXPIRING,
            account_id=notice.lot.account_id,
            key=notice.key,
            ids={"lot": notice.lot_id},
            created_at=notice.created_at,
            due_at=_due_at(at, last_sent_at=notice.last_sent_at, expires_at=notice.lot.expires_at),
        )


def _due_at(at: datetime, *, last_sent_at: datetime | None, expires_at: datetime) -> datetime:
    if last_sent_at is None or last_sent_at + ONCE_IN + AHEAD > expires_at:
        return at
    return last_sent_at + ONCE_IN


def _without_mail(notices: Any, kind: Kind, at: datetime) -> QuerySet[Any]:
    """Notices of late that have no mail, each with the key that it will have."""
    newest = OutgoingMail.objects.filter(kind=kind).aggregate(at=Max("created_at"))["at"]
    since = max(at - LOOK_BACK, newest - OVERLAP) if newest else at - LOOK_BACK
    key = Concat(Value(f"{kind}:"), Cast("pk", CharField()))
    mails = OutgoingMail.objects.filter(key=OuterRef("key"))
    found: QuerySet[Any] = (
        notices.filter(created_at__gt=since).annotate(key=key).filter(~Exists(mails)).order_by("pk")
    )
    return found
