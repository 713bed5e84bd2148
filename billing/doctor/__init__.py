"""
Looking at a running site as an operator would.

What Stripe has against what the code needs, what came in, what hangs: each finding says in words
how to mend it.
"""

from . import here, there
from .findings import Finding, Level
from .here import last_seen
from .there import Mended, mend_endpoint


def examine() -> list[Finding]:
    """Look at everything: at Stripe, then here."""
    return [*there.examine(), *here.examine()]


__all__ = ["Finding", "Level", "Mended", "examine", "last_seen", "mend_endpoint"]
