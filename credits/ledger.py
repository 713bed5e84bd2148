"""
Credits in and out of an account: the verbs of the ledger.

Each verb is atomic and has a key (a grant: its source). Repeating it with the same arguments
returns the first result and changes nothing; with other arguments it raises `KeyConflict`. A verb
inside the host's `atomic()` belongs to the host's transaction, and an error of this module leaves
that transaction usable. Accounts are named by instance; their own numbers are never read from it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int8

from credits import doors
from credits.models import Account, CreditTransaction, Lot

# The largest integer that JSON readers everywhere keep exact.
MAX_CREDITS = 2**53 - 1
MAX_KEY_LENGTH = 200
# Keys that the ledger gives to operations of its own.
RESERVED_PREFIXES = ("ledger:", "adjustment:")


class LedgerError(Exception):
    """Something the ledger refuses. Nothing was written."""


class InvalidOperation(LedgerError, ValueError):
    """Arguments that no account could take."""


class UnknownAccount(LedgerError):
    """There is no such account."""


class InsufficientCredits(LedgerError):
    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits requested, {available} available")


class KeyConflict(LedgerError):
    """The key was used before, for something else."""

    def __init__(self, *, key: str) -> None:
        self.key = key
        super().__init__(f"the key {key!r} was used for something else")


class SourceConflict(KeyConflict):
    """The source has paid for another lot."""


class NothingToGiveBack(LedgerError):
    """More than what this operation has used and not yet given back."""

    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits to give back, {available} were used")


def grant(
    *,
    account: Account,
    credits: int,
    source: str,
    kind: Lot.Kind | str,
    expires_at: datetime | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> Lot:
    """
    Open a lot of credits, once per source.

    A repetition is recognised by account, credits and kind. It may come with another expiry, which
    is often counted from now; the first one stands.

    :raises SourceConflict: if the source granted something else
    :raises UnknownAccount: if the account is not there
    :raises InvalidOperation: if credits or source cannot be
    """
    _check_credits(credits)
    _check_key(source)
    at = at or timezone.now()
    kind = Lot.Kind(kind).value

    row = doors.run(
        _GRANT,
        (
            Int8(account.pk),
            CreditTransaction.Kind.GRANT.value,
            kind,
            Int8(credits),
            source,
            expires_at,
            None,
            description,
            Jsonb(dict(metadata or {})),
            actor,
            at,
        ),
    )[0]
    lot_id, _transaction_id, _seq, replayed, _key_taken = row

    if lot_id is None:
        raise UnknownAccount(str(account.pk))
    if replayed:
        lot = Lot.objects.get(pk=lot_id)
        if (lot.account_id, lot.granted, lot.kind) != (account.pk, credits, kind):
            raise SourceConflict(key=source)
        return lot
    return Lot.from_db(
        DEFAULT_DB_ALIAS,
        _LOT_FIELDS,
        (
            lot_id,
            account.pk,
            source,
            kind,
            credits,
            0,
            0,
            0,
            0,
            0,
            0,
            credits,
            True,
            expires_at,
            at,
        ),
    )


def spend(
    *,
    account: Account,
    credits: int,
    key: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> CreditTransaction:
    """
    Use credits: all or nothing, from the lots that expire soonest.

    :raises InsufficientCredits: if the balance is too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    :raises InvalidOperation: if credits or key cannot be
    """
    _check_key(key)
    return _draw(
        kind=CreditTransaction.Kind.SPEND,
        account=account,
        credits=credits,
        key=key,
        description=description,
        metadata=metadata,
        actor=actor,
        at=at,
        lien=settings.CREDITS_SHORTFALL_POLICY == "lien",
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

    :raises NothingToGiveBack: if the operation used less, or gave it back before
    :raises KeyConflict: if the key was used for something else
    :raises InvalidOperation: if credits or key cannot be
    """
    _check_credits(credits)
    _check_key(key)
    at = at or timezone.now()
    metadata = dict(metadata or {})

    row = doors.run(
        _GIVE_BACK,
        (
            Int8(transaction.account_id),
            Int8(transaction.pk),
            Int8(credits),
            key,
            description,
            Jsonb(metadata),
            actor,
            at,
        ),
    )[0]
    transaction_id, seq, balance_after, replayed, available = row

    if replayed:
        return _first_result(
            transaction_id,
            kind=CreditTransaction.Kind.GIVE_BACK,
            amount=credits,
            undoes_id=transaction.pk,
        )
    if transaction_id is None:
        raise NothingToGiveBack(requested=credits, available=available)
    return CreditTransaction.from_db(
        DEFAULT_DB_ALIAS,
        _TRANSACTION_FIELDS,
        (
            transaction_id,
            transaction.account_id,
            seq,
            CreditTransaction.Kind.GIVE_BACK.value,
            credits,
            balance_after,
            key,
            transaction.pk,
            description,
            metadata,
            actor,
            at,
        ),
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

    :raises InvalidOperation: if the target is not between 0 and what was granted
    :raises KeyConflict: if the key moved another lot, or this one towards another target
    """
    _check_key(key)
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target <= lot.granted:
        raise InvalidOperation(f"a clawback target of {target!r} for {lot.granted} granted")
    at = at or timezone.now()

    row = doors.run(
        _SET_CLAWBACK_TARGET,
        (
            Int8(lot.account_id),
            Int8(lot.pk),
            Int8(target),
            key,
            description,
            Jsonb(dict(metadata or {})),
            actor,
            at,
            at + timedelta(days=settings.CREDITS_RESTORE_GRACE_DAYS),
        ),
    )[0]
    _transaction_id, _replayed, key_taken = row

    if key_taken:
        raise KeyConflict(key=key)
    return Lot.objects.get(pk=lot.pk)


def adjust(
    *,
    account: Account,
    credits: int,
    reason: str,
    actor: str,
    key: str,
    expires_at: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> CreditTransaction:
    """
    Correct a balance by hand: a positive number opens a lot, a negative one takes from open lots.

    :raises InsufficientCredits: if more would be taken than there is
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    :raises InvalidOperation: if reason or actor is missing, or credits or key cannot be
    """
    if not reason.strip() or not actor.strip():
        raise InvalidOperation("an adjustment names a reason and an actor")
    if isinstance(credits, bool) or not isinstance(credits, int):
        raise InvalidOperation(f"{credits!r} credits")
    _check_credits(abs(credits))
    _check_key(key)
    if credits < 0:
        return _draw(
            kind=CreditTransaction.Kind.ADJUSTMENT,
            account=account,
            credits=-credits,
            key=key,
            description=reason,
            metadata=metadata,
            actor=actor,
            at=at,
        )

    row = doors.run(
        _GRANT,
        (
            Int8(account.pk),
            CreditTransaction.Kind.ADJUSTMENT.value,
            Lot.Kind.ADJUSTMENT.value,
            Int8(credits),
            f"adjustment:{account.pk}:{key}",
            expires_at,
            key,
            reason,
            Jsonb(dict(metadata or {})),
            actor,
            at or timezone.now(),
        ),
    )[0]
    _lot_id, transaction_id, seq, replayed, key_taken = row

    if seq is None:
        raise UnknownAccount(str(account.pk))
    if replayed or key_taken:
        first = CreditTransaction.objects.get(account=account, key=key)
        return _first_result(
            first.pk, kind=CreditTransaction.Kind.ADJUSTMENT, amount=credits, undoes_id=None
        )
    return CreditTransaction.objects.get(pk=transaction_id)


def expire(*, at: datetime | None = None, batch: int = 500) -> int:
    """
    Sweep every account in which a lot is due, `batch` accounts to a transaction.

    Nothing depends on when this runs: due credits cannot be spent and are not shown before it.

    :returns: how many credits expired
    """
    at = at or timezone.now()
    total: int = 0
    while True:
        rows = doors.run(_EXPIRE, (at, at, Int8(batch)))
        total += sum(row[0] for row in rows)
        if len(rows) < batch:
            return total


def balance(account: Account, at: datetime | None = None) -> int:
    """
    Count the credits that can be spent at an instant (default: now).

    :raises UnknownAccount: if the account is not there
    """
    at = at or timezone.now()
    rows = doors.run(_BALANCE, (at, at, Int8(account.pk)))
    if not rows:
        raise UnknownAccount(str(account.pk))
    credits: int = rows[0][0]
    return credits


def _draw(
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
) -> CreditTransaction:
    _check_credits(credits)
    at = at or timezone.now()
    metadata = dict(metadata or {})

    row = doors.run(
        _DRAW,
        (
            Int8(account.pk),
            kind.value,
            Int8(credits),
            key,
            description,
            Jsonb(metadata),
            actor,
            at,
            lien,
            hold_expires_at,
        ),
    )[0]
    transaction_id, seq, balance_after, replayed, available = row

    if replayed:
        return _first_result(transaction_id, kind=kind, amount=-credits, undoes_id=None)
    if transaction_id is None:
        if available is None:
            raise UnknownAccount(str(account.pk))
        raise InsufficientCredits(requested=credits, available=max(0, available))
    return CreditTransaction.from_db(
        DEFAULT_DB_ALIAS,
        _TRANSACTION_FIELDS,
        (
            transaction_id,
            account.pk,
            seq,
            kind.value,
            -credits,
            balance_after,
            key,
            None,
            description,
            metadata,
            actor,
            at,
        ),
    )


def _first_result(
    transaction_id: int, *, kind: str, amount: int, undoes_id: int | None
) -> CreditTransaction:
    first = CreditTransaction.objects.get(pk=transaction_id)
    if (first.kind, first.amount, first.undoes_id) != (kind, amount, undoes_id):
        raise KeyConflict(key=first.key)
    return first


def _check_credits(credits: int) -> None:
    if isinstance(credits, bool) or not isinstance(credits, int):
        raise InvalidOperation(f"{credits!r} credits")
    if not 1 <= credits <= MAX_CREDITS:
        raise InvalidOperation(f"{credits} credits")


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY_LENGTH or "\0" in key or key.startswith(RESERVED_PREFIXES):
        raise InvalidOperation(f"{key[:MAX_KEY_LENGTH]!r} as a key")


_TRANSACTION_FIELDS = [
    "id",
    "account_id",
    "seq",
    "kind",
    "amount",
    "balance_after",
    "key",
    "undoes_id",
    "description",
    "metadata",
    "actor",
    "created_at",
]
_LOT_FIELDS = [
    "id",
    "account_id",
    "source",
    "kind",
    "granted",
    "spent",
    "held",
    "expired",
    "adjusted_off",
    "clawed_back",
    "clawback_target",
    "remaining",
    "is_open",
    "expires_at",
    "created_at",
]

_DRAW = """
INSERT INTO credits_draw
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available
"""
_GRANT = """
INSERT INTO credits_grant
    (account_id, kind, lot_kind, credits, source, expires_at, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING lot_id, transaction_id, seq, replayed, key_taken
"""
_GIVE_BACK = """
INSERT INTO credits_give_back
    (account_id, undoes_id, credits, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available
"""
_SET_CLAWBACK_TARGET = """
INSERT INTO credits_set_clawback_target
    (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, replayed, key_taken
"""
_EXPIRE = """
INSERT INTO credits_expire (account_id, at)
SELECT due.id, %s
FROM (
    SELECT id FROM credits_account WHERE next_expiry_at <= %s ORDER BY next_expiry_at, id LIMIT %s
) AS due
ORDER BY due.id
RETURNING expired
"""
_BALANCE = """
SELECT account.balance - CASE WHEN account.next_expiry_at <= %s THEN (
    SELECT coalesce(sum(lot.remaining), 0)::bigint
    FROM credits_lot AS lot
    WHERE lot.account_id = account.id AND lot.is_open AND lot.expires_at <= %s
) ELSE 0 END
FROM credits_account AS account
WHERE account.id = %s
"""
