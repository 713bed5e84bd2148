"""Credits that come to an account: grants, and corrections by hand, which may take some too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from credits import conf, functions, rows, signals
from credits.errors import (
    ApprovalRequired,
    InvalidOperation,
    SourceConflict,
    UnknownAccount,
)
from credits.functions import Grant
from credits.ledger.repeating import first_result
from credits.ledger.spending import recorded, to_draw
from credits.models import Account, CreditTransaction, Lot
from credits.models.lots import DEFAULT_PRIORITY
from credits.validation import (
    check_account,
    check_actor,
    check_change,
    check_credits,
    check_instant,
    check_key,
    check_metadata,
    check_priority,
    check_span,
    check_terms,
    check_text,
)


def grant(
    *,
    account: Account,
    credits: int,
    source: str,
    kind: Lot.Kind | str,
    priority: int = DEFAULT_PRIORITY,
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> Lot:
    """
    Open a lot of credits, once per source.

    A repetition is recognised by account, credits and kind. It may come with another priority,
    start or expiry, which is often counted from now; the first one stands.

    :param kind: a `Lot.Kind` or its value
    :param priority: from 0, spent before everything else, to 100, spent after it
    :param starts_at: from when on the credits can be spent; None for at once
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
    check_priority(priority)
    check_span(starts_at, expires_at)
    check_instant(at)
    at = at or timezone.now()
    if kind not in Lot.Kind.values:
        raise InvalidOperation(f"a kind is one of {', '.join(Lot.Kind.values)}, got {kind!r}")
    kind = Lot.Kind(kind).value

    with signals.one_transaction():
        granted = functions.grant(
            Grant(
                account_id=account.pk,
                kind=CreditTransaction.Kind.GRANT.value,
                lot_kind=kind,
                credits=credits,
                source=source,
                priority=priority,
                starts_at=starts_at,
                expires_at=expires_at,
                key=None,
                description=description,
                metadata=check_metadata(metadata),
                actor=actor,
                at=at,
            )
        )

        functions.check_time(granted.refused, at)
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
            priority=priority,
            starts_at=starts_at,
            expires_at=expires_at,
            created_at=at,
        )
        signals.announce(signals.credits_granted, Lot, lot=lot)
        return lot


def adjust(
    *,
    account: Account,
    credits: int,
    reason: str,
    actor: str,
    key: str,
    approved_by: str = "",
    priority: int = DEFAULT_PRIORITY,
    starts_at: datetime | None = None,
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
    :param priority: of the credits of a positive adjustment, as in `grant`; and so are the next two
    :param starts_at: from when on they can be spent; None for at once
    :param expires_at: when they expire; None for never
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
    check_terms(credits, priority=priority, starts_at=starts_at, expires_at=expires_at)
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
            operation="",
            description=reason,
            metadata=metadata,
            actor=actor,
            at=at,
        )
        return recorded(draw, functions.draw(draw))

    at = at or timezone.now()
    with signals.one_transaction():
        granted = functions.grant(
            Grant(
                account_id=account.pk,
                kind=CreditTransaction.Kind.ADJUSTMENT.value,
                lot_kind=Lot.Kind.ADJUSTMENT.value,
                credits=credits,
                source=f"adjustment:{account.pk}:{key}",
                priority=priority,
                starts_at=starts_at,
                expires_at=expires_at,
                key=key,
                description=reason,
                metadata=metadata,
                actor=actor,
                at=at,
            )
        )

        functions.check_time(granted.refused, at)
        if granted.lot_id is None and not granted.key_taken:
            raise UnknownAccount(str(account.pk))
        if granted.replayed is False and granted.lot_id is not None:
            lot = Lot.objects.get(pk=granted.lot_id)
            signals.announce(signals.credits_granted, Lot, lot=lot)
    first = CreditTransaction.objects.get(account=account, key=key)
    return first_result(first.pk, kind=CreditTransaction.Kind.ADJUSTMENT.value, amount=credits)
