"""
Looking at a running site as an operator would.

What Stripe has against what the code needs, what came in, what hangs: each finding says
how to fix it.
"""

from collections.abc import Callable, Iterable, Iterator

from django.db import InterfaceError, OperationalError

from billing.doctor import at_stripe, local
from billing.doctor.at_stripe import Fixed, fix_endpoint
from billing.doctor.findings import Finding, Level
from billing.doctor.local import last_seen


def examine() -> list[Finding]:
    """Look at everything: at Stripe, then in this database."""
    return [*_of(at_stripe.examine), *_of(local.examine)]


def _of(look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Look as far as the database answers; that it does not is a finding, too."""
    try:
        yield from look()
    except (OperationalError, InterfaceError) as error:
        yield Finding.wrong(
            f"The database does not answer: {' '.join(str(error).split())}",
            "Look whether PostgreSQL runs and this machine reaches it; then run this again.",
        )


__all__ = ["Finding", "Fixed", "Level", "examine", "fix_endpoint", "last_seen"]
