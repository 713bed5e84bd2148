"""The end of a hold: captured, released, let go; or paid for when it had let go already."""

from copy import copy
from datetime import datetime

from django.utils import timezone

from credits import conf, functions, signals
from credits.errors import HoldClosed, InsufficientCredits, KeyConflict
from credits.functions import CloseHold, Draw, Due
from credits.holds.placing import read_hold
from credits.ledger.spending import recorded
from credits.models import CreditTransaction, Hold
from credits.validation import check_actor, check_credits, check_instant


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
        for answer in answers:
            functions.check_time(answer.refused, at)
            total += bool(answer.closed)
        if len(answers) < batch:
            return total


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
    functions.check_time(answer.refused, at)
    if not answer.closed:
        hold = read_hold(hold)
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
