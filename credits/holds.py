"""
Credits set aside for work whose price is known only when it is done.

A hold takes credits out of the balance at once; capturing it makes the used ones a spend and lets
the rest go back to their lots. A hold that nobody closes lets go by itself. The arguments that all
verbs share are explained in `credits.ledger`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from credits import conf, functions, rows, signals
from credits.errors import HoldClosed, InvalidOperation
from credits.functions import CloseHold, Due
from credits.ledger.spending import recorded, to_draw
from credits.models import Account, CreditTransaction, Hold
from credits.validation import check_actor, check_credits, check_instant


class Reservation:
    """What `reserve` hands to the work: set `used` to capture less than all of it."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self._used = hold.credits

    @property
    def used(self) -> int:
        return self._used

    @used.setter
    def used(self, credits: int) -> None:
        """
        Say how many credits the work used; 0 lets all of them go.

        :raises InvalidOperation: at once, while the block runs, if the hold has not so many
        """
        check_credits(credits, least=0, most=self.hold.credits)
        self._used = credits


def hold(
    *,
    account: Account,
    credits: int,
    key: str,
    lasts: timedelta | None = None,
    operation: str = "",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> Hold:
    """
    Set credits aside, once per key.

    :param lasts: a timedelta above zero; None for `CREDITS_HOLD_MINUTES`
    :returns: the hold, new or the first of this key
    :raises InsufficientCredits: if the balance is too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    lasts = timedelta(minutes=conf.hold_minutes()) if lasts is None else lasts
    if not isinstance(lasts, timedelta) or lasts <= timedelta(0):
        raise InvalidOperation(f"a hold lasts a timedelta above zero, got {lasts!r}")
    check_instant(at)
    at = at or timezone.now()
    draw = to_draw(
        kind=CreditTransaction.Kind.HOLD,
        account=account,
        credits=credits,
        key=key,
        operation=operation,
        description=description,
        metadata=metadata,
        actor=actor,
        at=at,
        hold_expires_at=at + lasts,
    )
    drawn = functions.draw(draw)
    taken = recorded(draw, drawn)
    if drawn.hold_id is None:
        return Hold.objects.select_related("transaction").get(transaction=taken)
    return rows.hold(
        id=drawn.hold_id,
        account=account,
        transaction=taken,
        key=key,
        operation=operation,
        credits=credits,
        expires_at=at + lasts,
        created_at=at,
    )


def capture(*, hold: Hold, credits: int, actor: str = "", at: datetime | None = None) -> Hold:
    """
    Spend credits of a hold, all or part of it; the rest goes back to its lots.

    :param credits: from 1 to what the hold has
    :returns: the hold as it is now
    :raises HoldClosed: if it was released, has expired, or captured another number of credits
    """
    check_credits(credits, most=hold.credits)
    return _close(hold=hold, status=Hold.Status.CAPTURED, captured=credits, actor=actor, at=at)


def release(*, hold: Hold, actor: str = "", at: datetime | None = None) -> Hold:
    """
    Let a hold go: all of it returns to its lots.

    :returns: the hold as it is now
    :raises HoldClosed: if it was captured
    """
    return _close(hold=hold, status=Hold.Status.RELEASED, captured=0, actor=actor, at=at)


def expire_holds(*, at: datetime | None = None, batch: int = 500) -> int:
    """
    Let go of every hold whose time is over.

    :param batch: how many holds are closed in one transaction
    :returns: how many holds were closed
    """
    at = at or timezone.now()
    total = 0
    while True:
        closed = len(functions.close_due_holds.all(Due(at=at, batch=batch)))
        total += closed
        if closed < batch:
            return total


@contextmanager
def reserve(
    *,
    account: Account,
    credits: int,
    key: str,
    lasts: timedelta | None = None,
    operation: str = "",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
) -> Iterator[Reservation]:
    """
    Hold credits while the block runs: capture on success, release when it raises.

        with holds.reserve(account=account, credits=100, key=f"job:{job.pk}") as reservation:
            reservation.used = run(job)

    A block that is tried again after a crash finds its own hold by the key.

    :raises HoldClosed: if a hold with this key was closed before, or expired while the block ran
    :raises InsufficientCredits: if the balance is too small
    """
    held = hold(
        account=account,
        credits=credits,
        key=key,
        lasts=lasts,
        operation=operation,
        description=description,
        metadata=metadata,
        actor=actor,
    )
    if held.status != Hold.Status.HELD:
        raise HoldClosed(hold=held)
    reservation = Reservation(held)
    try:
        yield reservation
    except BaseException:
        release(hold=held, actor=actor)
        raise
    if reservation.used == 0:
        reservation.hold = release(hold=held, actor=actor)
    else:
        reservation.hold = capture(hold=held, credits=reservation.used, actor=actor)


def _close(
    *, hold: Hold, status: Hold.Status, captured: int, actor: str, at: datetime | None
) -> Hold:
    check_actor(actor)
    check_instant(at)
    at = at or timezone.now()
    answer = functions.close_hold(
        CloseHold(
            account_id=hold.account_id,
            hold_id=hold.pk,
            status=status.value,
            captured=captured,
            description="",
            metadata={},
            actor=actor,
            at=at,
        )
    )
    if not answer.closed:
        hold = Hold.objects.select_related("transaction").get(pk=hold.pk)
        if hold.captured != captured:
            raise HoldClosed(hold=hold)
        return hold
    hold = copy(hold)
    hold.status, hold.captured, hold.closed_at = status.value, captured, at
    if captured:
        signals.send(
            signals.credits_spent,
            CreditTransaction,
            transaction=hold.transaction,
            credits=captured,
        )
    return hold
