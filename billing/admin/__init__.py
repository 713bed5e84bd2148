"""
How staff see the shop: prices are set and purchases refunded here; the rest is read-only.

Whatever Stripe or a purchase wrote is changed by nobody, superusers included.
"""

from billing.admin import (
    accounts,
    attempts,
    disputes,
    events,
    mails,
    payments,
    plans,
    purchases,
    redemptions,
    shortfalls,
    topups,
    voucher_batches,
    vouchers,
    warnings,
)

__all__ = [
    "accounts",
    "attempts",
    "disputes",
    "events",
    "mails",
    "payments",
    "plans",
    "purchases",
    "redemptions",
    "shortfalls",
    "topups",
    "voucher_batches",
    "vouchers",
    "warnings",
]
