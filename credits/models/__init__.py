"""The tables of the ledger. Every rule that must hold is a named constraint here or a trigger."""

from credits.models.accounts import Account
from credits.models.adjustments import AdjustmentRequest
from credits.models.holds import Hold, HoldEntry
from credits.models.job_runs import JobRun
from credits.models.lots import Lot
from credits.models.notices import ExpiryNotice, LowBalanceNotice
from credits.models.transactions import CreditTransaction, Entry
from credits.models.write_offs import WriteOff

__all__ = [
    "Account",
    "AdjustmentRequest",
    "CreditTransaction",
    "Entry",
    "ExpiryNotice",
    "Hold",
    "HoldEntry",
    "JobRun",
    "Lot",
    "LowBalanceNotice",
    "WriteOff",
]
