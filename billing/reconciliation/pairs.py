"""Refunds and disputes of Stripe's beside our rows for them, and the payments that they are of."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from billing.models import Payment
from billing.reconciliation.payments import payments_named
from billing.stripe_gateway.objects import DisputeObject, RefundObject

Snapshot = TypeVar("Snapshot", RefundObject, DisputeObject)
Row = TypeVar("Row", bound=Model)


def beside(
    page: Sequence[Snapshot], rows: QuerySet[Row], *, id_field: str
) -> Iterator[tuple[Snapshot, Row | None, Payment | None]]:
    """Find what is known here of each object of a page, in two queries."""
    payments = payments_named([snapshot.payment_intent_id for snapshot in page])
    known: dict[Any, Row] = {
        getattr(row, id_field): row
        for row in rows.filter(**{f"{id_field}__in": [snapshot.id for snapshot in page]})
    }
    for snapshot in page:
        yield snapshot, known.get(snapshot.id), payments.get(snapshot.payment_intent_id or "")
