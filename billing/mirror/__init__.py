"""
dj-stripe's tables: a copy of Stripe for staff.

The only place that imports `djstripe`. Nothing here decides about credits, and nothing here runs
while Stripe waits for an answer to a webhook: `sweep` comes after the commit, in the worker.
"""

from billing.mirror.redacting import forget_person, prune
from billing.mirror.sweeping import Swept, sweep

__all__ = [
    "Swept",
    "forget_person",
    "prune",
    "sweep",
]
