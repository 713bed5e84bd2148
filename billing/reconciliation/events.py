"""Events of Stripe's that never reached the inbox, or failed there. Stripe keeps them 30 days."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from billing import stripe_gateway
from billing.models import StripeEvent
from billing.payloads import object_of, storable
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, event_types, named_by
from billing.webhooks import inbox, reading

Payload = dict[str, Any]


def differences(run: Run) -> Iterator[Difference]:
    for types in event_types():
        for page in stripe_gateway.list_events(since=run.since, types=types):
            run.compared["events"] += len(page)
            yield from _of(page, livemode=run.livemode)


def _of(page: list[Payload], *, livemode: bool) -> Iterator[Difference]:
    done = set(
        StripeEvent.objects.filter(
            livemode=livemode,
            stripe_event_id__in=[payload["id"] for payload in page],
            state__in=StripeEvent.TAKEN_IN,
        ).values_list("stripe_event_id", flat=True)
    )
    for payload in page:
        if payload["id"] not in done:
            yield Difference(
                finding=Finding(
                    kind=Kind.EVENT_NOT_TAKEN_IN,
                    id=payload["id"],
                    detail=f"{payload['type']} of {object_of(payload).get('id')}",
                ),
                about=frozenset(named_by(payload)),
                again=partial(_of, [payload], livemode=livemode),
                repair=partial(_take_in, payload),
            )


def _take_in(payload: Payload) -> str:
    try:
        inbox.receive(reading.event_of(storable(payload)))
    except reading.WebhookRefused as refusal:
        return str(refusal)
    except Exception as error:  # noqa: BLE001 (logged and stored by the inbox, as for a webhook)
        return f"{type(error).__name__}: {error}"
    return ""
