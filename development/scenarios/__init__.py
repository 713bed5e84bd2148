"""
Named scenarios, run against the sandbox: what happens to money and what follows for credits.

Each buys for real through the site's own verbs and has Stripe's events delivered through the
signed endpoint, in the order and number that its name promises. For development: `manage.py play`.
"""

from .runner import CannotRun, Mismatch, Runner
from .scenarios import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "CannotRun", "Mismatch", "Runner", "Scenario"]
