"""What became of a fact that Stripe says: done, not ours, or set aside for staff."""

from dataclasses import dataclass
from typing import Self

from billing.models import Payment, Purchase, StripeEvent


@dataclass(frozen=True, kw_only=True)
class Outcome:
    state: StripeEvent.State
    reason: str = ""
    purchase: Purchase | None = None
    payment: Payment | None = None

    @classmethod
    def processed(cls, *, purchase: Purchase | None = None, payment: Payment | None = None) -> Self:
        return cls(state=StripeEvent.State.PROCESSED, purchase=purchase, payment=payment)

    @classmethod
    def ignored(cls, reason: str) -> Self:
        """Nothing of ours: answered 200, changes nothing."""
        return cls(state=StripeEvent.State.IGNORED, reason=reason)

    @classmethod
    def quarantined(
        cls, reason: str, *, purchase: Purchase | None = None, payment: Payment | None = None
    ) -> Self:
        """Wrong for ever: a repetition would say the same, so a person has to decide."""
        return cls(
            state=StripeEvent.State.QUARANTINED, reason=reason, purchase=purchase, payment=payment
        )

    @property
    def is_quarantined(self) -> bool:
        return self.state == StripeEvent.State.QUARANTINED
