"""
The tables of the ledger.

Every rule that must hold has a name: a constraint here, or a rule of `credits/sql/rules.sql` and
`domains.sql`.

    Account                 who holds credits: its user, or nobody after erasure
    ├── Lot                 credits that came together: one source, one expiry
    │   ├── ExpiryNotice    it was announced that they expire
    │   └── WriteOff        what was used of them, is not paid for, and will not be
    ├── CreditTransaction   one operation: what it did to the balance, and to its lot; append-only
    │   ├── Entry           what it did to each lot, where it touched several
    │   └── Hold            of a HOLD: credits set aside until captured, released or expired
    │       └── HoldEntry   what its capture took from each lot, where it held several
    ├── LowBalanceNotice    it was announced that the balance is low
    ├── AdjustmentRequest   a correction that waits for a second person; its transaction, if made
    └── SignupRefusal       no sign-up credits: its mailbox had them before

    Operation               what a host charges for, and what it costs; transactions keep its slug
    Movement                view: (transaction, lot, amount), wherever it is stored
    SignupFingerprint       a mailbox that had the sign-up credits; leads back to nobody
    JobRun                  when a job last ran, for projects that run jobs from cron

A number stands once where it is true and again where it is read often, and both move in one
statement: a lot's `spent`, `held`, … are the sums of its movements and captures, an account's
`balance` is the sum of its lots' `remaining`, and `balance_after` runs through its transactions.
`manage.py check_ledger` compares them all (`credits/audit.py`). A transaction that gives back or
lets go names the other one in `undoes`. Only the verbs write (`credits/sql/rules.sql`).
"""

from credits.models.accounts import Account
from credits.models.adjustments import AdjustmentRequest
from credits.models.allowances import SignupFingerprint, SignupRefusal
from credits.models.holds import Hold, HoldEntry
from credits.models.job_runs import JobRun
from credits.models.lots import Lot
from credits.models.notices import ExpiryNotice, LowBalanceNotice
from credits.models.operations import Operation
from credits.models.transactions import CreditTransaction, Entry, Movement
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
    "Movement",
    "Operation",
    "SignupFingerprint",
    "SignupRefusal",
    "WriteOff",
]
