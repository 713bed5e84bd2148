"""Credits that an account uses: one spend, or many in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.transaction import atomic
from django.utils import timezone

from credits import conf, functions, notices, rows, signals
from credits.errors import InsufficientCredits, LedgerError, UnknownAccount
from credits.functions import Draw, Drawn, OneSpend, SpendMany
from credits.ledger.repeating import first_result
from credits.models import Account, CreditTransaction
from credits.validation import check_account, check_metadata, check_operation, check_slug


@dataclass(frozen=True, kw_only=True)
class Spend:
    """One of many spends: the arguments of `spend`."""

    account: Account
    credits: int
    key: str
    operation: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""


def spend(
    *,
    account: Account,
    credits: int,
    key: str,
    operation: str = "",
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
        operation=operation,
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
            operation=draw.operation,
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


def to_draw(
    *,
    kind: CreditTransaction.Kind,
    account: Account,
    credits: int,
    key: str,
    operation: str,
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
    check_slug(operation)
    return Draw(
        account_id=account.pk,
        kind=kind.value,
        credits=credits,
        key=key,
        operation=operation,
        description=description,
        metadata=check_metadata(metadata),
        actor=actor,
        at=at or timezone.now(),
        # What staff take by hand may be what the account owes.
        lien=kind != CreditTransaction.Kind.ADJUSTMENT and conf.is_lien_kept(),
        hold_expires_at=hold_expires_at,
    )


def recorded(draw: Draw, drawn: Drawn) -> CreditTransaction:
    """
    Read the answer to a draw.

    :raises InvalidOperation: if it cannot have happened then
    :raises InsufficientCredits: if the balance was too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    functions.check_time(drawn.refused, draw.at)
    if drawn.replayed and drawn.transaction_id is not None:
        return first_result(
            drawn.transaction_id, kind=draw.kind, amount=-draw.credits, operation=draw.operation
        )
    if drawn.transaction_id is None:
        if drawn.available is None:
            raise UnknownAccount(str(draw.account_id))
        raise InsufficientCredits(requested=draw.credits, available=max(0, drawn.available))
    taken = rows.transaction(
        id=drawn.transaction_id,
        account_id=draw.account_id,
        lot_id=drawn.lot_id,
        seq=drawn.seq,
        kind=draw.kind,
        amount=-draw.credits,
        balance_after=drawn.balance_after,
        key=draw.key,
        undoes_id=None,
        operation=draw.operation,
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
