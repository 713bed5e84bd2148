"""
Mails to the holders of accounts: what they say, and when they leave.

A mail is a row of the outbox, written in the transaction that it tells of or collected from a row
that was. `billing.jobs.send_mails` sends it afterwards, and no request waits for a mail server.
"""

from billing.mails.collecting import collect
from billing.mails.outbox import prune, retry_failed, send_due

__all__ = ["collect", "prune", "retry_failed", "send_due"]
