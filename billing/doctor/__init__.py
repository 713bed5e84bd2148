"""
Looking at a running site as an operator would.

What Stripe has against what the code needs, what came in, what hangs: each finding says
how to fix it.
"""

from billing.doctor import at_stripe, local
from billing.doctor.at_stripe import Fixed, fix_endpoint
from billing.doctor.findings import Finding, Level
from billing.doctor.local import last_seen


def examine() -> list[Finding]:
    """Look at everything: at Stripe, then in this database."""
    return [*at_stripe.examine(), *local.examine()]


__all__ = ["Finding", "Fixed", "Level", "examine", "fix_endpoint", "last_seen"]
