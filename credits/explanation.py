"""
Why a balance is what it is: what came, what went and what is left, in numbers that add up.

What is due counts as done, swept or not, as it does for `ledger.balance`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, Max, Q, Sum
from django.db.models.functions import Least

from credits.models import Account, CreditTransaction, Lot

# Transactions of one account through which what was given back is looked for.
COUNTED: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """
    Credits of one account.

    `given_back` is None where the history is too long to be added up: `spent` is without it then.
    `taken_back` is what refunds and disputes took and did not bring back. `later` has not begun.
    """

    granted: int
    spent: int
    given_back: int | None
    expired: int
    taken_back: int
    adjusted: int  # signed
    held: int
    later: int
    balance: int
    # What the account's row says is what its lots say.
    is_consistent: bool

    @property
    def total(self) -> int:
        """Add up what came and what went: the balance, if the ledger is right."""
        gone = self.spent + self.expired + self.taken_back + self.held + self.later
        return self.granted + self.adjusted + (self.given_back or 0) - gone

    @property
    def adds_up(self) -> bool:
        return self.is_consistent and self.total == self.balance


def explain(account: Account, *, at: datetime) -> Explanation:
    """Add up an account's lots as they stand at an instant, in two queries."""
    fresh = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    begun = Q(pending__gt=0, starts_at__lte=at)
    adjustment = Q(kind=Lot.Kind.ADJUSTMENT)
    # What a lot whose time has come owes is taken first.
    owed = Least(F("pending"), F("clawback_target") - F("clawed_back"))
    found = Lot.objects.filter(account=account).aggregate(
        of_granted=Sum("granted", filter=~adjustment, default=0),
        of_added=Sum("granted", filter=adjustment, default=0),
        of_adjusted_off=Sum("adjusted_off", default=0),
        of_spent=Sum("spent", default=0),
        of_held=Sum("held", default=0),
        of_expired=Sum("expired", default=0),
        of_clawed_back=Sum("clawed_back", default=0),
        of_taken_at_start=Sum(owed, filter=begun, default=0),
        of_left=Sum("remaining", filter=fresh, default=0),
        of_left_too_late=Sum("remaining", filter=~fresh, default=0),
        of_begun=Sum(F("pending") - owed, filter=begun & fresh, default=0),
        of_begun_too_late=Sum(F("pending") - owed, filter=begun & ~fresh, default=0),
        of_later=Sum("pending", filter=Q(pending__gt=0, starts_at__gt=at), default=0),
        of_balance=Max("account__balance", default=0),
        of_held_by_account=Max("account__held", default=0),
    )
    sums = {name.removeprefix("of_"): int(value) for name, value in found.items()}
    given_back = _given_back(account)
    return Explanation(
        granted=sums["granted"],
        spent=sums["spent"] + (given_back or 0),
        given_back=given_back,
        expired=sums["expired"] + sums["left_too_late"] + sums["begun_too_late"],
        taken_back=sums["clawed_back"] + sums["taken_at_start"],
        adjusted=sums["added"] - sums["adjusted_off"],
        held=sums["held"],
        later=sums["later"],
        balance=sums["left"] + sums["begun"],
        is_consistent=(sums["left"] + sums["left_too_late"], sums["held"])
        == (sums["balance"], sums["held_by_account"]),
    )


def _given_back(account: Account) -> int | None:
    if account.last_seq > COUNTED:
        return None
    given = CreditTransaction.objects.filter(account=account, kind=CreditTransaction.Kind.GIVE_BACK)
    return int(given.aggregate(sum=Sum("amount", default=0))["sum"])
