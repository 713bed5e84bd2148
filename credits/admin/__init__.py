"""
How staff see the ledger: everything that it wrote is read-only.

The one way to move credits by hand is an adjustment, which is a verb of the ledger. The price list
is theirs to edit.
"""

from credits.admin.accounts import AccountAdmin
from credits.admin.holds import HoldAdmin
from credits.admin.job_runs import JobRunAdmin
from credits.admin.lots import LotAdmin
from credits.admin.operations import OperationAdmin
from credits.admin.requests import AdjustmentRequestAdmin
from credits.admin.transactions import CreditTransactionAdmin, MovementAdmin

__all__ = [
    "AccountAdmin",
    "AdjustmentRequestAdmin",
    "CreditTransactionAdmin",
    "HoldAdmin",
    "JobRunAdmin",
    "LotAdmin",
    "MovementAdmin",
    "OperationAdmin",
]
