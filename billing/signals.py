"""
What became of money, for a host that listens.

Sent after commit, by the process that committed; a receiver that fails is logged, and the others
run. A crash in between loses the signal, never what it tells of: the rows of `Purchase`, `Refund`
and `Dispute` say it too. An outbox that must miss nothing writes while the transaction is open, for
each of these is announced by `credits.signals.committing` as well.

`purchase_paid` of a purchase comes first: what happened to its money before is told right after it.
"""

from django.dispatch import Signal

# purchase: its credits are granted, and are `purchase.lot`. Once.
purchase_paid = Signal()
# purchase: a bank has not paid what its buyer had agreed to. Nothing was granted, and nothing will
# be unless the bank changes its mind: then `purchase_paid` follows. Once.
purchase_failed = Signal()
# refund: money of a purchase went back, or will not; `refund.status` is `succeeded`, `failed` or
# `canceled`. A refund that a bank returns is told of twice, the second time as failed.
refund_settled = Signal()
# dispute: a bank wants money of a purchase back, or asks about it (`dispute.state.is_inquiry`). An
# inquiry that becomes a dispute is told of again.
dispute_opened = Signal()
# dispute: it is decided: `dispute.state` is WON, LOST, WARNING_CLOSED or PREVENTED. Banks have been
# known to change their minds; then it is told of again.
dispute_closed = Signal()
