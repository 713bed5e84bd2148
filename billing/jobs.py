"""
What billing does in the background: plain functions for whatever queue or cron a project has.

Each is safe to run twice, and side by side with itself: two at once only do some work twice.
"""

import logging
from datetime import timedelta
from typing import Final

from django.utils import timezone

from billing import conf, mails, reconciliation, refunds, stripe_gateway
from billing.mails import messages
from billing.models import Refund
from billing.privacy import leaving, retention
from billing.staff import fraud_refunds
from billing.topups import cards, charging, falls, forgetting
from billing.vouchers import attempts
from billing.webhooks import refused
from credits.schedule import Job

log = logging.getLogger(__name__)

# An answer that has not come by then was lost.
ANSWER_LOST_AFTER = timedelta(minutes=1)


def send_mails() -> int:
    """Send the mails that are due; return how many went out."""
    mails.collect(at=timezone.now())
    return mails.send_due()


def send_messages() -> int:
    """Send what somebody is waiting for, such as codes; return how many went out."""
    return messages.send_due()


def top_up() -> int:
    """
    Buy for people whose balance has fallen below their threshold; return how many were charged.

    First whoever was forgotten in a crash, by the facts; then all that is due.
    """
    falls.sweep()
    charged = charging.charge_due()
    for catch_up in (cards.finish_waiting, cards.detach_removed):
        try:
            catch_up()
        except stripe_gateway.GatewayError as error:
            log.warning("cards_wait", extra={"job": catch_up.__name__, "error": str(error)})
    return charged


def prune_mails() -> int:
    """Forget which mails were sent long ago, and which messages were given up; return how many."""
    return mails.prune(at=timezone.now()) + messages.prune(at=timezone.now())


def prune_attempts() -> int:
    """Forget how often was tried, or refused, what in hours that are over; return how many rows."""
    return attempts.prune(at=timezone.now()) + refused.prune(at=timezone.now())


def prune_events() -> None:
    """Reduce payloads that were kept long enough, and where people once agreed to something."""
    retention.prune()
    forgetting.prune_addresses(at=timezone.now())


def erase_people() -> int:
    """Erase who asked for it and is due; return how many."""
    return leaving.erase_due(at=timezone.now())


def resolve_refunds() -> int:
    """Find out what became of refunds whose answer never came; return how many are known now."""
    resolved = 0
    unknown = Refund.objects.unanswered(before=timezone.now() - ANSWER_LOST_AFTER)
    ours = unknown.filter(payment__livemode=conf.livemode()).select_related("payment")
    for refund in ours.order_by("pk"):
        try:
            resolved += refunds.resolve(refund, by=None).status != Refund.Status.REQUESTED
        except stripe_gateway.GatewayUnavailable as error:
            log.warning(
                "refund_still_unknown", extra={"refund": str(refund.uuid), "error": str(error)}
            )
            break  # the others would wait for Stripe in vain too
        except stripe_gateway.GatewayError as error:
            log.exception(
                "refund_not_resolved", extra={"refund": str(refund.uuid), "error": str(error)}
            )
    return resolved


def refund_warned() -> int:
    """Refund small payments that Stripe warns of, where a setting says so; return how many."""
    return fraud_refunds.refund_due()


def reconcile() -> int:
    """Repair what webhooks did not bring in the last days; return how many differences stand."""
    return _reconcile(since=timedelta(days=conf.reconcile_days()))


def reconcile_all() -> int:
    """Do the same for as long as Stripe keeps its events: no outage is too long for one night."""
    return _reconcile(since=conf.EVENTS_KEPT)


def _reconcile(*, since: timedelta) -> int:
    run = reconciliation.Run(since=timezone.now() - since)
    found = remaining = 0
    try:
        for finding in reconciliation.reconcile(run, repair=True):
            found += 1
            remaining += not finding.is_repaired
    except stripe_gateway.GatewayUnavailable as error:
        log.warning("reconciliation_broke_off", extra={"error": str(error)})
    log.info("reconciled", extra={"found": found, "remaining": remaining, **run.compared})
    return remaining


SCHEDULE: Final = (
    Job(send_messages, every=timedelta(minutes=1)),
    Job(send_mails, every=timedelta(minutes=1)),
    Job(top_up, every=timedelta(minutes=1)),
    Job(refund_warned, every=timedelta(minutes=1)),
    Job(resolve_refunds, every=timedelta(minutes=5)),
    Job(reconcile, every=timedelta(hours=1), offset=timedelta(minutes=17)),
    Job(erase_people, every=timedelta(hours=1), offset=timedelta(minutes=41)),
    Job(prune_events, every=timedelta(days=1), offset=timedelta(hours=3, minutes=23)),
    Job(prune_mails, every=timedelta(days=1), offset=timedelta(hours=3, minutes=33)),
    Job(prune_attempts, every=timedelta(days=1), offset=timedelta(hours=3, minutes=38)),
    Job(reconcile_all, every=timedelta(days=1), offset=timedelta(hours=3, minutes=43)),
)
