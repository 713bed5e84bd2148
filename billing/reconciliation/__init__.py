"""
Reconciliation: what Stripe has against what this site knows, both ways.

Stripe's events, sessions, refunds and disputes are read by the page and compared with our rows,
then our rows that no page named are asked about one by one. Whatever differs is a finding, and is
repaired by the verbs that webhooks use: so it is safe beside them, and beside itself. Nothing is
kept of what was read but one bit a row of ours.

What Stripe said only seconds ago is still on its way here: it is looked at again before it is
called a difference.
"""

import logging
import time
from collections.abc import Iterator

from billing import conf
from billing.reconciliation import (
    disputes,
    events,
    invoices,
    payments,
    refunds,
    sessions,
    topups,
)
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run

__all__ = ["Finding", "Kind", "Run", "reconcile"]

log = logging.getLogger(__name__)

# Differences of the last seconds that are kept to be looked at again.
MOST_RECENT = 1000


def reconcile(run: Run, *, repair: bool) -> Iterator[Finding]:
    """
    Compare everything of Stripe's since `run.since`, and yield what differs, one at a time.

    :param repair: bring our side in line, where that takes no person to decide
    :raises GatewayError: if Stripe stops answering; what was found by then has been yielded
    """
    recent: list[Difference] = []
    for difference in _differences(run):
        if len(recent) < MOST_RECENT and run.is_recent(difference):
            recent.append(difference)
        else:
            yield _finding(difference, repair=repair)
    if recent:
        time.sleep(conf.reconcile_patience())
    for difference in recent:
        for still in difference.again():
            yield _finding(still, repair=repair)


def _differences(run: Run) -> Iterator[Difference]:
    """Events first: repairing them repairs most of what the others would find."""
    yield from events.differences(run)
    for source in (sessions, topups, invoices, refunds, disputes):
        yield from source.at_stripe(run)
        yield from source.local(run)
    yield from payments.differences(run)


def _finding(difference: Difference, *, repair: bool) -> Finding:
    finding = difference.finding
    if repair and difference.repair:
        reason = difference.repair()
        finding = finding.after_repair(reason)
    log.warning("reconciliation_finding", extra={"line": str(finding), "kind": finding.kind.name})
    return finding
