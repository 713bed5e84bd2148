"""A hold around work: placed before it, extended while it runs, closed after it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from credits.errors import HoldClosed
from credits.heartbeat import heart
from credits.holds.closing import capture, release
from credits.holds.placing import check_lasts, extend, hold, longest
from credits.models import Account, Hold
from credits.validation import check_credits


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
    if held.expires_at - timezone.now() < check_lasts(lasts) / 2:
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
    lasts = check_lasts(lasts)
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        yield
        return

    def beat() -> bool:
        try:
            extended = extend(hold=hold, lasts=lasts)
        except (HoldClosed, Hold.DoesNotExist):
            return False  # it was closed meanwhile, or its transaction has not ended
        return extended.expires_at < extended.created_at + longest()

    with heart.beating(beat, every=lasts.total_seconds() / 3):
        yield
