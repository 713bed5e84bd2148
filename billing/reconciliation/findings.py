"""What reconciliation finds: one line each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from billing import wording
from billing.stripe_gateway.objects import (
    CheckoutSession,
    DisputeObject,
    PaymentIntent,
    RefundObject,
)

Snapshot = CheckoutSession | DisputeObject | PaymentIntent | RefundObject


class Kind(StrEnum):
    EVENT_NOT_TAKEN_IN = "event not taken in"
    PAID_NOT_GRANTED = "paid but not granted"
    GRANTED_NOT_PAID = "granted but not paid"
    BACK_NOT_TAKEN = "refunded but not taken"
    DISPUTED_NOT_TAKEN = "disputed but not taken"
    OUTCOME_UNKNOWN = "refund outcome unknown"
    OUT_OF_STEP = "status out of step"
    AMOUNT_MISMATCH = "amount mismatch"
    UNKNOWN_OBJECT = "unknown object"


@dataclass(frozen=True, kw_only=True)
class Finding:
    kind: Kind
    # Stripe's id, or our own of what Stripe has not.
    id: str
    detail: str
    # None: nobody tried to repair it.
    is_repaired: bool | None = None
    # Why it could not be repaired.
    reason: str = ""

    def after_repair(self, reason: str) -> "Finding":
        return replace(self, is_repaired=not reason, reason=wording.say(reason))

    def __str__(self) -> str:
        line = f"{self.kind}: {self.id}: {self.detail}"
        if self.is_repaired is None:
            return line
        return f"{line} [{'repaired' if self.is_repaired else f'not repaired: {self.reason}'}]"


@dataclass(frozen=True, kw_only=True)
class Difference:
    finding: Finding
    # Stripe's ids of all that is concerned: an event naming one may still be on its way.
    about: frozenset[str]
    # Looks at Stripe and here once more.
    again: "Callable[[], Iterable[Difference]]"
    # Repairs, and returns why not, or nothing. None where a person has to decide.
    repair: Callable[[], str] | None = None

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        kind: Kind,
        detail: str,
        *,
        again: "Callable[[str], Iterable[Difference]]",
        repair: Callable[[], str] | None = None,
    ) -> "Difference":
        """Tell of something that Stripe has; `again` looks it up by its id."""
        return cls(
            finding=Finding(kind=kind, id=snapshot.id, detail=detail),
            about=frozenset({snapshot.id, snapshot.payment_intent_id or snapshot.id}),
            again=partial(again, snapshot.id),
            repair=repair,
        )

    @classmethod
    def missing(
        cls, id: str, what: str, *, again: "Callable[[], Iterable[Difference]]"
    ) -> "Difference":
        """Tell of something that is here, and that Stripe has not."""
        return cls(
            finding=Finding(kind=Kind.UNKNOWN_OBJECT, id=id, detail=f"Stripe has no such {what}"),
            about=frozenset({id}),
            again=again,
        )
