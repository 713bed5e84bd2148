"""Whose customers they are: dj-stripe's `subscriber`, filled from billing's own table."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Subquery
from djstripe.models import Customer as MirroredCustomer

from billing.models import Customer


def link(customer_ids: Iterable[str]) -> int:
    """Name the user of these customers where dj-stripe knows none; return of how many."""
    subscriber = MirroredCustomer._meta.get_field("subscriber")  # noqa: SLF001 - public by Django's word
    ids = set(customer_ids)
    if not ids or subscriber.related_model is not get_user_model():
        return 0
    owner = Customer.objects.filter(stripe_customer_id=OuterRef("id")).values("user_id")[:1]
    unknown = MirroredCustomer.objects.filter(id__in=ids, subscriber=None)
    linked: int = unknown.update(subscriber_id=Subquery(owner))
    return linked
