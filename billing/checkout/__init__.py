"""
Buying: what is on sale (`offers`), one purchase of it (`reserving`), Stripe's page (`asking`).

Of all this only the plan's slug, the form's token, the currency and how many, or how much, come
from the browser; what may be chosen is asked here again. `start` does it from end to end.
"""

from billing.checkout.errors import (
    AlreadyFinished,
    CheckoutError,
    PlanUnavailable,
    TooManyCheckouts,
)
from billing.checkout.offers import offer, plans_on_sale, prices_on_sale
from billing.checkout.starting import start

__all__ = [
    "AlreadyFinished",
    "CheckoutError",
    "PlanUnavailable",
    "TooManyCheckouts",
    "offer",
    "plans_on_sale",
    "prices_on_sale",
    "start",
]
