"""
Credits set aside for work whose price is known only when it is done.

A hold takes credits out of the balance at once; capturing it makes the used ones a spend and lets
the rest go back to their lots. A hold that nobody closes or extends lets go by itself; what was
done by then is still paid for from the balance, as far as it goes. The arguments that all verbs
share are explained in `credits.ledger`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from credits import conf, functions, rows, signals
from credits.errors import HoldClosed, InsufficientCredits, InvalidOperation, KeyConflict
from credits.functions import CloseHold, Draw, Due, ExtendHold
from credits.heartbeat import heart
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

    :param lasts: a timedelta above zero, at most `CREDITS_HOLD_LONGEST_MINUTES`; None for
        `CREDITS_HOLD_MINUTES`
    :returns: the hold, new or the first of this key
    :raises InsufficientCredits: if the balance is too small
    :raises KeyConflict: if the key was used for something else
    :raises UnknownAccount: if the account is not there
    """
    lasts = _checked(lasts)
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


def extend(*, hold: Hold, lasts: timedelta | None = None, at: datetime | None = None) -> Hold:
    """
    Let a hold last so long from now, and at most `CREDITS_HOLD_LONGEST_MINUTES` from its beginning.

    Never less long than before, so that it may be said as often as one likes.

    :param lasts: as for `hold`
    :returns: the hold as it is now; its `expires_at` says until when
    :raises HoldClosed: if it was captured, released, or has let go
    """
    lasts = _checked(lasts)
    check_instant(at)
    at = at or timezone.now()
    answer = functions.extend_hold(
        ExtendHold(
            account_id=hold.account_id,
            hold_id=hold.pk,
            until=min(at + lasts, hold.created_at + _longest()),
            alone=connections[DEFAULT_DB_ALIAS].autocommit,
        )
    )
    if answer.expires_at is None:
        raise HoldClosed(hold=_read(hold))
    hold = copy(hold)
    hold.expires_at = answer.expires_at
    return hold


def capture(*, hold: Hold, credits: int, actor: str = "", at: datetime | None = None) -> Hold:
    """
    Spend credits of a hold, all or part of it; the rest goes back to its lots.

    A hold that has let go by itself is paid for from the balance, as far as it goes, in a spend of
    its own: the hold's `late`.

    :param credits: from 1 to what the hold has
    :returns: the hold as it is now
    :raises HoldClosed: if it was released, captured another number of credits, or has let go and
        the balance has nothing
    """
    check_credits(credits, most=hold.credits)
    try:
        return _close(hold=hold, status=Hold.Status.CAPTURED, captured=credits, actor=actor, at=at)
    except HoldClosed as closed:
        if closed.hold.status != Hold.Status.EXPIRED:
            raise
        return _capture_late(closed, credits=credits, actor=actor, at=at or timezone.now())


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
        answers = functions.close_due_holds.all(Due(at=at, batch=batch))
        total += sum(answer.closed for answer in answers)
        if len(answers) < batch:
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

    A block that is tried again after a crash finds its own hold by the key. While it runs the hold
    is extended, by a thread and a connection of its own, and lets go `lasts` after a crash. Inside
    of a transaction nobody else sees the hold, so it is not extended.

    :raises HoldClosed: if a hold with this key was closed before, or let go while the block ran,
        because it lasted longer than a hold may, and nothing is left to pay with
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
    if held.expires_at - timezone.now() < _checked(lasts) / 2:
        held = extend(hold=held, lasts=lasts)  # an attempt that was cut short has left it
    reservation = Reservation(held)
    try:
        with kept(held, lasts=lasts):
            yield reservation
    except BaseException:
        release(hold=held, actor=actor)
        raise
    if reservation.used == 0:
        reservation.hold = release(hold=held, actor=actor)
    else:
        reservation.hold = capture(hold=held, credits=reservation.used, actor=actor)


@contextmanager
def kept(hold: Hold, *, lasts: timedelta | None = None) -> Iterator[None]:
    """
    Extend a hold while the block runs, three times in the time that it lasts.

    Nothing is done inside of a transaction: nobody else sees a hold that was placed in it.
    """
    lasts = _checked(lasts)
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        yield
        return

    def beat() -> bool:
        try:
            extended = extend(hold=hold, lasts=lasts)
        except (HoldClosed, Hold.DoesNotExist):
            return False  # it was closed meanwhile, or its transaction has not ended
        return extended.expires_at < extended.created_at + _longest()

    with heart.beating(beat, every=lasts.total_seconds() / 3):
        yield


def _checked(lasts: timedelta | None) -> timedelta:
    lasts = timedelta(minutes=conf.hold_minutes()) if lasts is None else lasts
    if not isinstance(lasts, timedelta) or not timedelta(0) < lasts <= _longest():
        raise InvalidOperation(
            f"a hold lasts a timedelta above zero, at most {_longest()}, got {lasts!r}"
        )
    return lasts


def _longest() -> timedelta:
    return timedelta(minutes=conf.hold_longest_minutes())


def _read(hold: Hold) -> Hold:
    return Hold.objects.select_related("transaction").get(pk=hold.pk)


def _capture_late(closed: HoldClosed, *, credits: int, actor: str, at: datetime) -> Hold:
    """
    Spend what a hold that has let go would have paid for, or what is left of it, once.

    :raises HoldClosed: if nothing is left, or another number of credits was captured late before
    """
    hold, first = closed.hold, closed.hold.transaction
    draw = Draw(
        account_id=hold.account_id,
        kind=CreditTransaction.Kind.SPEND.value,
        credits=credits,
        key=f"ledger:capture:{hold.pk}",
        operation=hold.operation,
        description=first.description,
        metadata={**first.metadata, "hold": hold.pk, "asked": credits},
        actor=actor,
        at=at,
        lien=conf.is_lien_kept(),
        in_line=connections[DEFAULT_DB_ALIAS].autocommit,
    )
    while hold.late is None:
        try:
            hold.late = recorded(draw, functions.draw(draw))
        except InsufficientCredits as error:
            if error.available == 0:
                raise closed from None
            draw = draw._replace(credits=error.available)  # less than before
        except KeyConflict:  # it paid for less, then
            hold.late = CreditTransaction.objects.get(account=hold.account_id, key=draw.key)
    if hold.late.metadata.get("asked") != credits:
        raise closed
    return hold


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
        hold = _read(hold)
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
