"""
The doors of the database: each a view that takes an INSERT and does a verb's work.

One statement, one round trip; only a balance in which something is due takes two. `credits/sql/`
says what each door does and answers. On its own a statement is a transaction; inside `atomic()` it
is part of the host's.
"""

from credits.doors.closing import close_due_holds, close_hold
from credits.doors.drawing import Draw, Drawn, draw, spend_many
from credits.doors.expiring import balance, expire
from credits.doors.granting import Granted, grant
from credits.doors.returning import GivenBack, give_back, set_clawback_target

__all__ = [
    "Draw",
    "Drawn",
    "GivenBack",
    "Granted",
    "balance",
    "close_due_holds",
    "close_hold",
    "draw",
    "expire",
    "give_back",
    "grant",
    "set_clawback_target",
    "spend_many",
]
