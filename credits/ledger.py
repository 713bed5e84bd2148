"""
Credits in and out of an account: the verbs of the ledger.

Each verb is atomic and has a key (a grant: its source). Repeating it with the same arguments
returns the first result and changes nothing; with other arguments it raises `KeyConflict`. A verb
inside the host's `atomic()` belongs to the host's transaction, and a `LedgerError` leaves that
transaction usable. Verbs, and those of `credits.holds`, share these arguments:

    account      an `Account`; its numbers are read from the database, never from the instance
    credits      an int from 1 to 2**53 - 1
    key          the host's name for what happens, such as "report:17": 1 to 200 characters, once
                 an account, not beginning with "ledger:" or "adjustment:"
    source       what a grant is for, such as "referral:81": like a key, but once in the ledger
    description  a str of at most 255 characters, which the holder reads; kept forever
    metadata     a dict that JSON can hold; kept forever
    actor        who acts, a str of at most 64 characters: "staff:12"; "" for the host application
    at           the datetime, with a time zone, at which it happens; None for now

An argument that breaks its rule raises `InvalidOperation`, a ValueError that names rule and value,
before the database is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import atomic
from django.utils import timezone

from credits import conf, functions, notices, rows, signals
from credits.errors import (
    ApprovalRequired,
    HoldClosed,
    InsufficientCredits,
    InvalidOperation,
    KeyConflict,
    LedgerError,
    NothingToGiveBack,
    SourceConflict,
    UnknownAccount,
)
from credits.functions import (
    Balance,
    Draw,
    Drawn,
    Due,
    GiveBack,
    Grant,
    OneSpend,
    SetClawbackTarget,
    SpendMany,
)
from credits.models import Account, CreditTransaction, Lot
from credits.validation import (
    check_account,
    check_actor,
    check_change,
    check_credits,
    check_instant,
    check_key,
    check_metadata,
    check_operation,
    check_text,
)

__all__ = [
    "ApprovalRequired",
    "HoldClosed",
    "InsufficientCredits",
    "InvalidOperation",
    "KeyConflict",
    "LedgerError",
    "NothingToGiveBack",
    "SourceConflict",
    "Spend",
    "UnknownAccount",
    "adjust",
    "balance",
    "expire",
    "give_back",
    "grant",
    "set_clawback_target",
    "spend",
    "spend_many",
]


@dataclass(frozen=True, kw_only=True)
class Spend:
    """One of many spends: the arguments of `spend`."""

    account: Account
    credits: int
    key: str
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""


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

    :param kind: a `Lot.Kind` or its value
    :param expires_at: when the credits can no longer be spent; None for never
    :returns: the lot, new or the first of this source
    :raises SourceConflict: if the source granted something else
    :raises UnknownAccount: if the account is not there
    """
    check_account(account)
    check_credits(credits)
    check_key(source, "a source")
    check_text(description, "a description")
    check_actor(actor)
    check_instant(expires_at, "expires_at")
    check_instant(at)
    at = at or timezone.now()
    if kind not in Lot.Kind.values:
        raise InvalidOperation(f"a kind is one of {', '.join(Lot.Kind.values)}, got {kind!r}")
    kind = Lot.Kind(kind).value

    granted = functions.grant(
        Grant(
            account_id=account.pk,
            kind=CreditTransaction.Kind.GRANT.value,
            lot_kind=kind,
            credits=credits,
            source=source,
            expires_at=expires_at,
            key=None,
            description=description,
            metadata=check_metadata(metadata),
            actor=actor,
            at=at,
        )
    )

    if granted.lot_id is None:
        raise UnknownAccount(str(account.pk))
    if granted.replayed:
        lot = Lot.objects.get(pk=granted.lot_id)
        if (lot.account_id, lot.granted, lot.kind) != (account.pk, credits, kind):
            raise SourceConflict(key=source)
        return lot
    lot = rows.lot(
        id=granted.lot_id,
        account_id=account.pk,
        source=source,
        kind=kind,
        granted=credits,
        expires_at=expires_at,
        created_at=at,
    )
    signals.send(signals.credits_granted, Lot, lot=lot)
    return lot


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

    :returns: the SPEND, new or the first of this key
    :raises InsufficientCredits: if the balance is too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    draw = to_draw(
        kind=CreditTransaction.Kind.SPEND,
        account=account,
        credits=credits,
        key=key,
        description=description,
        metadata=metadata,
        actor=actor,
        at=at,
    )
    return recorded(draw, functions.draw(draw))


def spend_many(
    spends: Sequence[Spend], *, at: datetime | None = None
) -> list[CreditTransaction | LedgerError]:
    """
    Use credits many times in one statement and one commit, for hosts that meter.

    Each spend stands on its own: one that is refused is answered by the error that `spend` would
    have raised, and the others happen.

    :returns: one answer per spend, in their order
    :raises InvalidOperation: if an argument of any of them breaks its rule; then none happened
    """
    if not spends:
        return []
    at = at or timezone.now()
    draws = [to_draw(kind=CreditTransaction.Kind.SPEND, at=at, **vars(one)) for one in spends]
    wanted = [
        OneSpend(
            place=place,
            account_id=draw.account_id,
            credits=draw.credits,
            key=draw.key,
            description=draw.description,
            metadata=draw.metadata,
            actor=draw.actor,
        )._asdict()
        for place, draw in enumerate(draws)
    ]

    spent = functions.spend_many(SpendMany(spends=wanted, at=at, lien=draws[0].lien))

    answers: list[CreditTransaction | LedgerError] = []
    for draw, drawn in zip(draws, spent.answers, strict=True):
        try:
            answers.append(recorded(draw, Drawn(*drawn)))
        except LedgerError as refused:
            answers.append(refused)
    return answers


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

    if given.transaction_id is None:
        raise NothingToGiveBack(requested=credits, available=given.available or 0)
    if given.replayed:
        return first_result(
            given.transaction_id, kind=kind, amount=credits, undoes_id=transaction.pk
        )
    return rows.transaction(
        id=given.transaction_id,
        account_id=transaction.account_id,
        seq=given.seq,
        kind=kind,
        amount=credits,
        balance_after=given.balance_after,
        key=key,
        undoes_id=transaction.pk,
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

    if answer.key_taken:
        raise KeyConflict(key=key)
    return Lot.objects.get(pk=lot.pk)


def adjust(
    *,
    account: Account,
    credits: int,
    reason: str,
    actor: str,
    key: str,
    approved_by: str = "",
    expires_at: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> CreditTransaction:
    """
    Correct a balance by hand: a positive number opens a lot, a negative one takes from open lots.

    :param credits: an int other than 0
    :param reason: 1 to 255 characters, which the holder may read
    :param actor: 1 to 64 characters
    :param approved_by: the second person, where one is needed
    :param expires_at: when the credits of a positive adjustment expire; None for never
    :returns: the ADJUSTMENT, new or the first of this key
    :raises InsufficientCredits: if more would be taken than there is
    :raises ApprovalRequired: if it is above `CREDITS_ADJUSTMENT_APPROVAL_ABOVE` and nobody, or the
        actor, approved it
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    check_account(account)
    check_change(credits)
    check_text(reason, "a reason", least=1)
    check_actor(actor, least=1)
    check_key(key)
    check_instant(expires_at, "expires_at")
    check_instant(at)
    above = conf.adjustment_approval_above()
    if above is not None and abs(credits) > above and approved_by in {"", actor}:
        raise ApprovalRequired(credits=credits, above=above)
    metadata = {**check_metadata(metadata), **({"approved_by": approved_by} if approved_by else {})}

    if credits < 0:
        draw = to_draw(
            kind=CreditTransaction.Kind.ADJUSTMENT,
            account=account,
            credits=-credits,
            key=key,
            description=reason,
            metadata=metadata,
            actor=actor,
            at=at,
        )
        return recorded(draw, functions.draw(draw))

    granted = functions.grant(
        Grant(
            account_id=account.pk,
            kind=CreditTransaction.Kind.ADJUSTMENT.value,
            lot_kind=Lot.Kind.ADJUSTMENT.value,
            credits=credits,
            source=f"adjustment:{account.pk}:{key}",
            expires_at=expires_at,
            key=key,
            description=reason,
            metadata=metadata,
            actor=actor,
            at=at or timezone.now(),
        )
    )

    if granted.seq is None:
        raise UnknownAccount(str(account.pk))
    if granted.replayed is False and granted.lot_id is not None:
        lot = Lot.objects.get(pk=granted.lot_id)
        signals.send(signals.credits_granted, Lot, lot=lot)
    first = CreditTransaction.objects.get(account=account, key=key)
    return first_result(first.pk, kind=CreditTransaction.Kind.ADJUSTMENT.value, amount=credits)


def expire(*, at: datetime | None = None, batch: int = 500) -> int:
    """
    Sweep every account in which a lot is due, `batch` accounts to a transaction.

    Nothing depends on when this runs: due credits cannot be spent and are not shown before it.

    :param batch: how many accounts are locked together
    :returns: how many credits expired
    """
    at = at or timezone.now()
    total = 0
    while True:
        swept = functions.expire.all(Due(at=at, batch=batch))
        total += sum(account.expired for account in swept)
        if len(swept) < batch:
            return total


def balance(account: Account, at: datetime | None = None) -> int:
    """
    Count the credits that can be spent at an instant (default: now).

    :raises UnknownAccount: if the account is not there
    """
    check_account(account)
    check_instant(at)
    asked = Balance(account_id=account.pk, at=at or timezone.now())
    found = functions.balance.all(asked)
    if not found:
        raise UnknownAccount(str(account.pk))
    if found[0].is_due:
        return functions.balance_without_due(asked).balance
    return found[0].balance


def to_draw(
    *,
    kind: CreditTransaction.Kind,
    account: Account,
    credits: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any] | None,
    actor: str,
    at: datetime | None,
    hold_expires_at: datetime | None = None,
) -> Draw:
    """
    Check what a spend, a hold or a negative adjustment asks for.

    :raises InvalidOperation: if an argument breaks its rule
    """
    check_account(account)
    check_operation(credits=credits, key=key, description=description, actor=actor, at=at)
    return Draw(
        account_id=account.pk,
        kind=kind.value,
        credits=credits,
        key=key,
        description=description,
        metadata=check_metadata(metadata),
        actor=actor,
        at=at or timezone.now(),
        # What staff take by hand may be what the account owes.
        lien=kind != CreditTransaction.Kind.ADJUSTMENT and conf.is_lien_kept(),
        hold_expires_at=hold_expires_at,
        in_line=connections[DEFAULT_DB_ALIAS].autocommit,
    )


def recorded(draw: Draw, drawn: Drawn) -> CreditTransaction:
    """
    Read the answer to a draw.

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
    threshold = conf.low_balance()
    before = taken.balance_after - taken.amount
    if threshold is not None and taken.balance_after < threshold <= before:
        with atomic(savepoint=False):
            notices.note_low_balance(taken, threshold=threshold)
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
