"""
dj-stripe's tables: the address book of Stripe's customers, and a copy of Stripe for staff.

The only place that imports `djstripe`. Nothing here decides about credits, and nothing here runs
while Stripe waits for an answer to a webhook: `sweep` comes after the commit, in the worker.
"""

from billing.mirror.customers import customer_id_for, forget_customer
from billing.mirror.redacting import customers_of, forget_person, prune
from billing.mirror.sweeping import Swept, sweep

__all__ = [
    "Swept",
    "customer_id_for",
    "customers_of",
    "forget_customer",
    "forget_person",
    "prune",
    "sweep",
]
