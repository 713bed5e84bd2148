"""Refunds and disputes of Stripe's beside our rows for them, and the payments that they are of."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from billing.models import Payment
from billing.reconciliation.payments import payments_named
from billing.settlement import facts, settling
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


def note(snapshot: Snapshot, fact: Callable[..., Row]) -> tuple[Row | None, str]:
    """
    Note what Stripe says, and settle its payment.

    :param fact: the verb of `billing.settlement.facts` for it
    :returns: our row, or None where two facts contradict each other; and why all is not well
    """
    try:
        with transaction.atomic():
            payment = Payment.objects.select_for_update().get(
                stripe_payment_intent_id=snapshot.payment_intent_id or ""
            )
            row = fact(snapshot, payment=payment)
            return row, settling.settle(payment).reason
    except facts.FactConflict as conflict:
        return None, str(conflict)
