"""
Credits for nothing: once at sign-up, and an allowance that comes with each month and goes with it.

Each is a grant with a source of its own (`signup:<account>`, `allowance:<account>:<month>`), so it
happens once however often it is asked for. Months are UTC's. Both are off until a setting says how
much (CREDITS_SIGNUP_GRANT, CREDITS_MONTHLY_ALLOWANCE). With CREDITS_SIGNUP_FINGERPRINT_KEYS the
first of them happens once for a mailbox, too, whatever account comes with it.
"""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import conf, fingerprints, ledger, users
from credits.models import Account, Lot, SignupRefusal

log = logging.getLogger(__name__)


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
    if conf.signup_grant() and not _is_signup_decided(account):
        give_signup = _give_signup_once if conf.signup_fingerprint_keys() else _give_signup
        if lot := give_signup(account, at):
            lots.append(lot)
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
    waiting = Q()
    if conf.signup_grant():
        waiting |= _is_signup_open()
    if conf.monthly_allowance():
        waiting |= _without("allowance:", f":{at:%Y-%m}")
    accounts = Account.objects.filter(waiting, users.active(path="user")).order_by("pk")
    return sum(
        len(give(account=Account(pk=pk), at=at))
        for pk in accounts.values_list("pk", flat=True).iterator()
    )


def fingerprint_all(*, at: datetime | None = None) -> int:
    """
    Sign with the first key the mailbox of everyone who had the sign-up credits, or went without.

    For those who had them before there was a key, and before an old key goes.

    :returns: how many fingerprints are new
    :raises ImproperlyConfigured: if there is no key
    """
    if not conf.signup_fingerprint_keys():
        raise ImproperlyConfigured("CREDITS_SIGNUP_FINGERPRINT_KEYS is empty: nothing to sign with")
    at = at or timezone.now()
    accounts = Account.objects.filter(~_is_signup_open(), user__isnull=False)
    return sum(
        fingerprints.remember(address, at=at)
        for account in accounts.select_related("user").order_by("pk").iterator()
        if (address := users.address(account.user))
    )


def _give_signup_once(account: Account, at: datetime) -> Lot | None:
    """Grant the sign-up credits unless the account's mailbox had them; without one, as ever."""
    with transaction.atomic():
        # Whoever asks for the same account at once waits here, not at its own fingerprint.
        locked = Account.objects.select_for_update(no_key=True).filter(pk=account.pk).first()
        address = users.address(locked.user) if locked else ""
        if _is_signup_decided(account):
            return None
        if address and not fingerprints.claim(address, at=at):
            SignupRefusal.objects.create(account=account, created_at=at)
            log.info("signup_grant_refused", extra={"account": account.pk})
            return None
        return _give_signup(account, at)


def _give_signup(account: Account, at: datetime) -> Lot:
    days = conf.signup_valid_days()
    return ledger.grant(
        account=account,
        credits=conf.signup_grant(),
        source=f"signup:{account.pk}",
        kind=Lot.Kind.SIGNUP,
        expires_at=at + timedelta(days=days) if days else None,
        description=_("Welcome"),
        actor="system",
        at=at,
    )


def _is_signup_decided(account: Account) -> bool:
    refusal = SignupRefusal.objects.filter(account=account)
    return _has(f"signup:{account.pk}") or refusal.exists()


def _is_signup_open() -> Q:
    refusal = SignupRefusal.objects.filter(account=OuterRef("pk"))
    return Q(_without("signup:", ""), ~Exists(refusal))


def _without(before: str, after: str) -> Q:
    lot = Lot.objects.filter(
        source=Concat(Value(before), Cast(OuterRef("pk"), CharField()), Value(after))
    )
    return Q(~Exists(lot))


def _has(source: str) -> bool:
    return Lot.objects.filter(source=source).exists()


def _next_month(at: datetime) -> datetime:
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
