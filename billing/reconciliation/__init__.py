"""
Reconciliation: what Stripe has against what this site knows, both ways.

Stripe's events, sessions, refunds and disputes are walked by the page and held against our rows,
then our rows that no page named are asked about one by one. Whatever differs is a finding, and is
repaired by the verbs that webhooks use: so it is safe beside them, and beside itself. Nothing is
kept of what was walked but one bit a row of ours.

What Stripe told of only seconds ago is still on its way here: it is looked at again before it is
called a difference.
"""

import logging
import time
from collections.abc import Iterator

from billing import conf
from billing.reconciliation import disputes, events, payments, refunds, sessions
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.walk import Walk

__all__ = ["Finding", "Kind", "Walk", "reconcile"]

log = logging.getLogger(__name__)

# Differences of the last seconds that are kept to be looked at again.
MOST_YOUNG = 1000


def reconcile(walk: Walk, *, repair: bool) -> Iterator[Finding]:
    """
    Compare everything of Stripe's since `walk.since`, and yield what differs, one at a time.

    :param repair: bring our side in line, where that takes no person to decide
    :raises GatewayError: if Stripe stops answering; what was found by then has been yielded
    """
    young: list[Difference] = []
    for difference in _differences(walk):
        if len(young) < MOST_YOUNG and walk.is_young(difference):
            young.append(difference)
        else:
            yield _finding(difference, repair=repair)
    if young:
        time.sleep(conf.reconcile_patience())
    for difference in young:
        for still in difference.again():
            yield _finding(still, repair=repair)


def _differences(walk: Walk) -> Iterator[Difference]:
    """Events first: repairing them repairs most of what the others would find."""
    yield from events.differences(walk)
    for source in (sessions, refunds, disputes):
        yield from source.theirs(walk)
        yield from source.ours(walk)
    yield from payments.differences(walk)


def _finding(difference: Difference, *, repair: bool) -> Finding:
    finding = difference.finding
    if repair and difference.repair:
        reason = difference.repair()
        finding = finding.after_repair(reason)
    log.warning("reconciliation_finding", extra={"line": str(finding), "kind": finding.kind.name})
    return finding
