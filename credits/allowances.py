"""
Credits for nothing: once at sign-up, and an allowance that comes with each month and goes with it.

Each is a grant with a source of its own (`signup:<account>`, `allowance:<account>:<month>`), so it
happens once however often it is asked for. Months are UTC's. Both are off until a setting says how
much (CREDITS_SIGNUP_GRANT, CREDITS_MONTHLY_ALLOWANCE).
"""

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import conf, ledger, users
from credits.models import Account, Lot


def on_offer() -> bool:
    """Tell whether a setting gives credits for nothing."""
    return bool(conf.signup_grant() or conf.monthly_allowance())


def give(*, account: Account, at: datetime | None = None) -> list[Lot]:
    """
    Grant the sign-up credits and this month's allowance, as far as the account has not had them.

    :param at: the instant to grant for, a datetime with a time zone; None for now
    :returns: the new lots, none to two
    :raises UnknownAccount: if the account is not there
    """
    at = at or timezone.now()
    lots = []
    if conf.signup_grant() and not _has(f"signup:{account.pk}"):
        days = conf.signup_valid_days()
        lots.append(
            ledger.grant(
                account=account,
                credits=conf.signup_grant(),
                source=f"signup:{account.pk}",
                kind=Lot.Kind.SIGNUP,
                expires_at=at + timedelta(days=days) if days else None,
                description=_("Welcome"),
                actor="system",
                at=at,
            )
        )
    month = f"{at:%Y-%m}"
    if conf.monthly_allowance() and not _has(f"allowance:{account.pk}:{month}"):
        lots.append(
            ledger.grant(
                account=account,
                credits=conf.monthly_allowance(),
                source=f"allowance:{account.pk}:{month}",
                kind=Lot.Kind.ALLOWANCE,
                expires_at=_next_month(at),
                description=_("Allowance for %(month)s") % {"month": month},
                actor="system",
                at=at,
            )
        )
    return lots


def give_all(*, at: datetime | None = None) -> int:
    """
    Grant the same to every account of an active user.

    :returns: how many lots are new
    """
    at = at or timezone.now()
    if not on_offer():
        return 0
    waiting = _without("allowance:", f":{at:%Y-%m}") | _without("signup:", "")
    ids = waiting.order_by("pk").values_list("pk", flat=True)
    return sum(len(give(account=Account(pk=pk), at=at)) for pk in ids.iterator())


def _without(before: str, after: str) -> QuerySet[Account]:
    lot = Lot.objects.filter(
        source=Concat(Value(before), Cast(OuterRef("pk"), CharField()), Value(after))
    )
    return Account.objects.filter(~Exists(lot), users.active(path="user"))


def _has(source: str) -> bool:
    return Lot.objects.filter(source=source).exists()


def _next_month(at: datetime) -> datetime:
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
