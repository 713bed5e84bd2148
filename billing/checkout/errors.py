"""Why a purchase could not be started."""

from datetime import datetime

from billing.models import Purchase


class CheckoutError(Exception):
    """A purchase could not be started. Nothing was charged."""


class PlanUnavailable(CheckoutError):
    """No such plan is on sale."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The plan {slug!r} is not on sale.")
        self.slug = slug


class TooManyCheckouts(CheckoutError):
    """As many purchases as anyone may start in an hour were started."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"Too many purchases were started; try again at {retry_at}.")
        self.retry_at = retry_at


class AlreadyFinished(CheckoutError):
    """The form has already led to a purchase, and that purchase is over."""

    def __init__(self, purchase: Purchase) -> None:
        super().__init__(f"{purchase} is {purchase.status}.")
        self.purchase = purchase
