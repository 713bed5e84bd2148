"""
Named scenarios, played against the sandbox: what happens to money and what follows for credits.

Each buys for real through the site's own verbs and has Stripe's events delivered through the
signed endpoint, in the order and number that its name promises. For development: `manage.py play`.
"""

from .runner import Mismatch, Stage, StageError
from .scenarios import PLAYS, Play

__all__ = ["PLAYS", "Mismatch", "Play", "Stage", "StageError"]
