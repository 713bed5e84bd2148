"""
The month's end: what the credits of each plan and currency did from a month's first day to a day.

Opening, what came, what went, closing; in credits, and in the money that was paid for them. Opening
is added up from the beginning of the ledger, closing is taken from the lots as they stand now, less
what came after. So where the ledger lacks anything, the sheet does not foot, and says by how much.
"""

from billing.month_end.periods import NoPeriod, Period
from billing.month_end.sheets import COLUMNS, Amounts, Line, Sheet, add_up

__all__ = ["COLUMNS", "Amounts", "Line", "NoPeriod", "Period", "Sheet", "add_up"]
