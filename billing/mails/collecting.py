"""
Collecting what the ledger noticed: a low balance, credits about to expire.

The ledger writes its notices in the transaction that they tell of, and knows no mail. Each becomes
one mail here: a process that died in between loses none.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db.models import CharField, Exists, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from billing.models import OutgoingMail
from credits.models import ExpiryNotice, LowBalanceNotice

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
    """Make a mail of each notice of the ledger that has none."""
    for mails in (_low_balances(at), _expiries(at)):
        while batch := list(islice(mails, BATCH)):
            OutgoingMail.objects.bulk_create(batch, ignore_conflicts=True)


def _low_balances(at: datetime) -> Iterator[OutgoingMail]:
    for notice in _without_mail(LowBalanceNotice.objects, Kind.BALANCE_LOW, at).iterator():
        yield OutgoingMail(
            kind=Kind.BALANCE_LOW,
            account_id=notice.account_id,
            key=notice.key,
            created_at=notice.created_at,
            due_at=at,
        )


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
