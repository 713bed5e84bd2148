"""
The inbox: each event of Stripe's is taken in once, in one transaction with all that it changes.

The event's row is written first, so that two deliveries of one event queue up at it; then facts,
settlement and ledger; then the row says what became of it. Stripe gets its 200 after the commit.
If anything raises, all of it is undone, the row alone is written as FAILED, and Stripe is asked to
deliver again.
"""

import logging
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from billing import prepared, wording
from billing.models import StripeEvent
from billing.webhooks import handlers
from billing.webhooks.reading import IncomingEvent

log = logging.getLogger(__name__)

# One row an event and mode; what follows says what a second delivery does.
ONCE = """
    INSERT INTO billing_stripeevent
        (livemode, stripe_event_id, type, api_version, created_at, received_at, payload,
         state, error, waits_for, resolution, resolution_note)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '')
    ON CONFLICT ON CONSTRAINT stripeevent_once_per_mode
"""

# Waits for a delivery of the same event that is still under way, and returns what it left.
TAKE = f"""{ONCE}
        DO UPDATE SET stripe_event_id = EXCLUDED.stripe_event_id
    RETURNING id, state
"""

# Never over a delivery of the same event that has succeeded meanwhile.
FAIL = f"""{ONCE}
        DO UPDATE SET state = 'failed', error = EXCLUDED.error
        WHERE billing_stripeevent.state <> ALL(%s)
"""

# In SQL like the others; the ORM would compile it anew for each event.
FINISH = """
    UPDATE billing_stripeevent
    SET state = %s, error = %s, processed_at = %s, purchase_id = %s, payment_id = %s,
        waits_for = %s
    WHERE id = %s
"""


def receive(event: IncomingEvent) -> StripeEvent.State:
    """
    Take in one event and do what it asks for, once.

    :returns: PROCESSED, IGNORED, QUARANTINED or RESOLVED, from this delivery or an earlier one
    :raises Exception: whatever a handler raised; nothing is changed then but the event's row
    """
    if event.is_foreign:
        # What becomes of other people's customers is not ours to keep: no row.
        log.warning("foreign_event_ignored", extra={"stripe_event": event.id, "type": event.type})
        return StripeEvent.State.IGNORED
    try:
        with transaction.atomic():
            return _process(event)
    except Exception as error:
        log.exception("event_failed", extra={"stripe_event": event.id, "type": event.type})
        with connection.cursor() as cursor:
            cursor.execute(
                FAIL,
                [
                    *_columns(
                        event,
                        state="failed",
                        error=wording.code("failed", type=type(error).__name__, message=error),
                    ),
                    [*map(str, StripeEvent.TAKEN_IN)],
                ],
            )
        raise


def _process(event: IncomingEvent) -> StripeEvent.State:
    [(row_id, state)] = prepared.rows(TAKE, _columns(event, state="received"))
    if state in StripeEvent.TAKEN_IN:
        return StripeEvent.State(state)
    outcome = handlers.handle(event)
    prepared.rows(
        FINISH,
        [
            outcome.state.value,
            outcome.reason,
            timezone.now(),
            outcome.purchase.pk if outcome.purchase else None,
            outcome.payment.pk if outcome.payment else None,
            outcome.waits_for,
            row_id,
        ],
    )
    log.info(
        "event_taken_in",
        extra={
            "stripe_event": event.id,
            "type": event.type,
            "state": str(outcome.state),
            "reason": outcome.reason,
        },
    )
    return outcome.state


def _columns(event: IncomingEvent, *, state: str, error: str = "") -> list[Any]:
    return [
        event.livemode,
        event.id,
        event.type,
        event.api_version,
        event.created_at,
        timezone.now(),
        Jsonb(event.payload),
        state,
        error,
    ]
