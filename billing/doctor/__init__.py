"""
Looking at a running site as an operator would.

What Stripe has against what the code needs, what came in, what hangs: each finding says in words
how to mend it.
"""

from billing.doctor import here, there
from billing.doctor.findings import Finding, Level
from billing.doctor.here import last_seen
from billing.doctor.there import Mended, mend_endpoint


def examine() -> list[Finding]:
    """Look at everything: at Stripe, then here."""
    return [*there.examine(), *here.examine()]


__all__ = ["Finding", "Level", "Mended", "examine", "last_seen", "mend_endpoint"]
