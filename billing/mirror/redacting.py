"""Taking persons out of dj-stripe's tables: by age, or by name."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from djstripe.models import (
    Charge,
    Customer,
    Dispute,
    Event,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Session,
)

from billing.privacy.redaction import MARK, skeleton

BATCH: Final = 500
# Kinds that show a person. Customers stay while their person does.
PERSONAL: Final[tuple[Any, ...]] = (
    PaymentMethod,
    PaymentIntent,
    Charge,
    Refund,
    Dispute,
    Session,
    Event,
)


def prune(*, before: datetime, dry_run: bool = False) -> int:
    """Reduce rows that nothing has happened to since then; return how many."""
    return sum(
        _reduce(model.objects.filter(djstripe_updated__lt=before), dry_run=dry_run)
        for model in PERSONAL
    )


@transaction.atomic
def forget_person(*, customer_ids: Iterable[str], payment_intent_ids: Iterable[str]) -> int:
    """Reduce every row of a person, and take their address out of the address book."""
    customers, payments = list(customer_ids), list(payment_intent_ids)
    of_payment = Q(stripe_data__payment_intent__in=payments)
    of_customer = Q(stripe_data__customer__in=customers)
    rows = (
        PaymentMethod.objects.filter(of_customer),
        PaymentIntent.objects.filter(Q(id__in=payments) | of_customer),
        Charge.objects.filter(of_payment | of_customer),
        Refund.objects.filter(of_payment),
        Dispute.objects.filter(of_payment),
        Session.objects.filter(of_payment | of_customer),
        Event.objects.filter(
            Q(data__object__customer__in=customers)
            | Q(data__object__payment_intent__in=payments)
            | Q(data__object__id__in=[*customers, *payments])
        ),
    )
    reduced = sum(_reduce(found, dry_run=False) for found in rows)
    purged = Customer.objects.filter(id__in=customers, date_purged=None)
    for customer in purged:
        customer.email = ""
        customer.metadata = {}
        customer.subscriber = None
        customer.stripe_data = skeleton(customer.stripe_data)
        customer.date_purged = timezone.now()
        customer.save()
    return reduced


def _reduce(rows: QuerySet[Any], *, dry_run: bool) -> int:
    rows = rows.exclude(stripe_data__has_key=MARK)
    if dry_run:
        return rows.count()
    reduced = 0
    while batch := list(rows.order_by("djstripe_id")[:BATCH]):
        for row in batch:
            row.stripe_data = skeleton(row.stripe_data)
            row.metadata = None
            if isinstance(row, Event):
                row.data = skeleton({"data": row.data}).get("data", {})
        fields = ["stripe_data", "metadata"] + (["data"] if rows.model is Event else [])
        rows.model.objects.bulk_update(batch, fields)
        reduced += len(batch)
    return reduced
