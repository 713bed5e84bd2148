"""Setting credits aside, and for how long."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from credits import conf, functions, rows
from credits.errors import HoldClosed, InvalidOperation
from credits.functions import ExtendHold
from credits.ledger.spending import recorded, to_draw
from credits.models import Account, CreditTransaction, Hold
from credits.validation import check_instant


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
    lasts = check_lasts(lasts)
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
    lasts = check_lasts(lasts)
    check_instant(at)
    at = at or timezone.now()
    answer = functions.extend_hold(
        ExtendHold(
            account_id=hold.account_id,
            hold_id=hold.pk,
            at=at,
            until=min(at + lasts, hold.created_at + longest()),
        )
    )
    functions.check_time(answer.refused, at)
    if answer.expires_at is None:
        raise HoldClosed(hold=read_hold(hold))
    hold = copy(hold)
    hold.expires_at = answer.expires_at
    return hold


def check_lasts(lasts: timedelta | None) -> timedelta:
    """
    Check how long a hold shall last; None for `CREDITS_HOLD_MINUTES`.

    :raises InvalidOperation: if it is not above zero, or longer than a hold may last
    """
    lasts = timedelta(minutes=conf.hold_minutes()) if lasts is None else lasts
    if not isinstance(lasts, timedelta) or not timedelta(0) < lasts <= longest():
        raise InvalidOperation(
            f"a hold lasts a timedelta above zero, at most {longest()}, got {lasts!r}"
        )
    return lasts


def longest() -> timedelta:
    """Tell how long a hold may last from when it was placed."""
    return timedelta(minutes=conf.hold_longest_minutes())


def read_hold(hold: Hold) -> Hold:
    """Read a hold as it is now."""
    return Hold.objects.select_related("transaction").get(pk=hold.pk)
