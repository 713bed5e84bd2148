"""What a person may agree to: which plan, what it gives, below which balance, for how much."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import conf, money
from billing.models import CreditPlan, PlanPrice


class RuleError(Exception):
    """The rule stays as it was."""


class ImpossibleTerms(RuleError):
    """A number is out of its range. `field` is the number's name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What one top-up gives. Less is never bought without asking; more may be."""

    credits: int
    valid_for_days: int | None  # None: they never expire

    @classmethod
    def of(cls, plan: CreditPlan) -> Self:
        """Take down what a plan gives now."""
        return cls(credits=plan.total_credits, valid_for_days=plan.valid_for_days)

    def is_kept_by(self, plan: CreditPlan) -> bool:
        """Tell whether a plan gives as many credits as this, for as long."""
        if plan.total_credits < self.credits:
            return False
        if plan.valid_for_days is None:
            return True
        return self.valid_for_days is not None and plan.valid_for_days >= self.valid_for_days


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A rule as it was shown to somebody, with what its plan gave at that moment."""

    price: PlanPrice
    promise: Promise
    threshold: int
    monthly_limit: int  # smallest unit of the price's currency

    @classmethod
    def of(cls, price: PlanPrice, *, threshold: int, monthly_limit: int) -> Self:
        """Make terms of a price as its plan is now."""
        return cls(
            price=price,
            promise=Promise.of(price.plan),
            threshold=threshold,
            monthly_limit=monthly_limit,
        )

    def check(self) -> None:
        """
        See that one top-up lifts the balance to the threshold, and that the limit is one at least.

        :raises ImpossibleTerms: if not
        """
        credits = self.promise.credits
        if not 0 < self.threshold <= credits:
            raise ImpossibleTerms("threshold", f"1 to {credits} credits, got {self.threshold}")
        least = self.price.unit_amount
        most = money.LARGEST_CHARGE
        if not least <= self.monthly_limit <= most:
            raise ImpossibleTerms("monthly_limit", f"{least} to {most}, got {self.monthly_limit}")

    def words(self) -> str:
        """Say what is agreed to, in the language of today: what is charged, when, how much."""
        return _(
            "When my balance falls below %(threshold)s credits, %(site)s buys %(plan)s for me"
            " (%(credits)s credits for %(price)s, %(validity)s) and charges my saved card while I"
            " am away, for %(limit)s at most in a calendar month (UTC). I can switch this off at"
            " any time. Credits that were bought are mine; refunds are as for any purchase."
        ) % {
            "threshold": money.format_number(self.threshold),
            "site": conf.site_name(),
            "plan": self.price.plan.name,
            "credits": money.format_number(self.promise.credits),
            "price": money.format_money(self.price.unit_amount, self.price.currency),
            "validity": _validity(self.promise.valid_for_days),
            "limit": money.format_money(self.monthly_limit, self.price.currency),
        }


def _validity(days: int | None) -> str:
    if days is None:
        return _("without an end")
    return ngettext("good for %(days)s day", "good for %(days)s days", days) % {
        "days": money.format_number(days)
    }
