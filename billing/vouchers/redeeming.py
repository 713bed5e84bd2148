"""
A person's side: a code becomes credits, once.

Whoever asks learns nothing of which codes exist: an unknown code, one that is used up, switched
off, over, not begun, or one too many of its batch are one error, at the same statements. Attempts
are counted before anything is looked at. The last use goes to one of many by a constraint
(`voucher_redeemed_within_uses`).
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from billing import conf, users
from billing.models import Voucher, VoucherRedemption
from billing.vouchers import attempts, codes
from credits import ledger
from credits.models import Account, Lot

log = logging.getLogger(__name__)

WHAT: Final = "voucher"
# Who loses a race runs into one of these; the last is the ledger's own *once a source*.
LOST: Final = {
    "voucher_redeemed_within_uses",
    "redemption_of_a_code_once_a_person",
    "redemption_of_a_batch_once_a_person",
    "billing_voucherredemption_lot_id_key",
}


class CannotRedeem(Exception):
    """A code gives this person nothing now. It says no more than that, and no credits came."""


class AlreadyRedeemed(Exception):
    """The same person has redeemed this code before."""

    def __init__(self, redemption: VoucherRedemption) -> None:
        super().__init__(f"Redeemed at {redemption.created_at}.")
        self.redemption = redemption


def redeem(*, user: AbstractBaseUser, code: str, address: str = "") -> VoucherRedemption:
    """
    Turn a code into credits for a person.

    :param code: as it was typed: in any case, with blanks and dashes
    :param address: the IP address that it was sent from, if that is known
    :raises EmailNotVerified: if the person's address is not verified now
    :raises TooManyAttempts: if they, or this address, have tried too often in this hour
    :raises AlreadyRedeemed: if they have redeemed this code before
    :raises CannotRedeem: if there is no such code, or it gives them nothing now
    """
    users.require_verified_email(user)
    _count(user, address)
    account = Account.objects.for_user(user)
    now = timezone.now()
    digest = codes.digest(code)
    voucher = Voucher.objects.filter(digest=digest).select_related("batch").first()
    _refuse_repetition(digest, account)
    if voucher is None or not _is_open(voucher, at=now):
        raise _refusal(account)
    try:
        redemption = _take(voucher, account=account, at=now)
    except IntegrityError as error:
        if _constraint(error) not in LOST:
            raise
        _refuse_repetition(digest, account)
        raise _refusal(account) from error
    log.info("voucher_redeemed", extra={"voucher": voucher.pk, "account": account.pk})
    return redemption


def _count(user: AbstractBaseUser, address: str) -> None:
    attempts.count(what=WHAT, by=f"user:{user.pk}", most=conf.voucher_attempts_per_hour())
    if address:
        attempts.count(
            what=WHAT,
            by=attempts.network(address),
            most=conf.voucher_attempts_per_hour() * conf.PEOPLE_AT_AN_ADDRESS,
        )


def _refuse_repetition(digest: str, account: Account) -> None:
    """Find by one statement whether this person had this code, or theirs of its batch."""
    of_batch = Voucher.objects.filter(digest=digest).values("batch")
    before = (
        VoucherRedemption.objects.filter(account=account)
        .filter(Q(voucher__digest=digest) | Q(once_a_person=True, batch__in=of_batch))
        .select_related("voucher")
        .first()
    )
    if before is not None and before.voucher.digest == digest:
        raise AlreadyRedeemed(before)
    if before is not None:
        raise _refusal(account)


def _refusal(account: Account) -> CannotRedeem:
    log.info("voucher_refused", extra={"account": account.pk})
    return CannotRedeem()


def _is_open(voucher: Voucher, *, at: datetime) -> bool:
    return voucher.is_active and voucher.redeemed < voucher.uses and voucher.batch.is_open(at)


@transaction.atomic
def _take(voucher: Voucher, *, account: Account, at: datetime) -> VoucherRedemption:
    """Count the use, grant, and write down who it was: the voucher is locked before the account."""
    Voucher.objects.filter(pk=voucher.pk).update(redeemed=F("redeemed") + 1)
    batch = voucher.batch
    days = batch.valid_for_days
    lot = ledger.grant(
        account=account,
        credits=batch.credits,
        source=f"voucher:{voucher.pk}:{account.pk}",
        kind=Lot.Kind.PROMOTION,
        expires_at=at + timedelta(days=days) if days else None,
        description=batch.name,
        metadata={"voucher": voucher.pk},
        actor="system",
        at=at,
    )
    return VoucherRedemption.objects.create(
        voucher=voucher,
        batch=batch,
        once_a_person=batch.once_a_person,
        account=account,
        lot=lot,
        created_at=at,
    )


def _constraint(error: IntegrityError) -> str:
    """Name the rule that the database refused by."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
