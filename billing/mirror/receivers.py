"""What the mirror does when billing forgets a person, prunes payloads or is examined."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from billing.doctor.findings import Finding
from billing.doctor.signals import examining
from billing.mirror import redacting, sweeping
from billing.privacy.signals import erasing, pruning

BEHIND_AFTER = timedelta(hours=1)


@receiver(erasing)
def forget_person(
    *, customer_ids: Sequence[str], payment_intent_ids: Sequence[str], **_values: Any
) -> dict[str, int]:
    rows = redacting.forget_person(customer_ids=customer_ids, payment_intent_ids=payment_intent_ids)
    return {"mirror": rows}


@receiver(pruning)
def prune(*, before: datetime, dry_run: bool, **_values: Any) -> dict[str, int]:
    return {"mirror": redacting.prune(before=before, dry_run=dry_run)}


@receiver(examining)
def examine(**_values: Any) -> Iterator[Finding]:
    behind = sweeping.waiting().filter(received_at__lt=timezone.now() - BEHIND_AFTER).count()
    if behind:
        yield Finding.watch(
            f"{behind} events are not in the mirror (dj-stripe's tables) after an hour.",
            "Nothing but staff's view of Stripe depends on it. See that a worker runs, and its log"
            " for `mirror_waits`.",
        )
