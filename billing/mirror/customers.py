"""The address book: which customer at Stripe a person is. One each, however many tabs ask."""

import hashlib

from django.contrib.auth.models import AbstractUser
from djstripe.models import Customer

from billing import conf, stripe_gateway
from billing.mirror.records import Snapshot, write


def customer_id_for(user: AbstractUser) -> str:
    """
    Find a person's customer at Stripe, or make it: one, however many tabs ask.

    :raises GatewayError: if Stripe did not make it
    """
    known = _customer_of(user)
    if known:
        return str(known.id)
    made = stripe_gateway.create_customer(
        user_id=user.pk, email=user.email, idempotency_key=_key(user)
    )
    write([Snapshot(data=made)])
    Customer.objects.filter(id=made["id"], subscriber=None).update(subscriber_id=user.pk)
    customer = _customer_of(user)
    return str(customer.id) if customer else str(made["id"])


def forget_customer(customer_id: str) -> None:
    """Let go of a customer that Stripe no longer has; the next purchase makes a new one."""
    for customer in Customer.objects.filter(id=customer_id):
        customer.subscriber = None
        customer.stripe_data = {**customer.stripe_data, "deleted": True}
        customer.save(update_fields=["subscriber", "stripe_data"])


def _customer_of(user: AbstractUser) -> Customer | None:
    return (
        Customer.objects.filter(subscriber_id=user.pk, livemode=conf.livemode())
        .order_by("djstripe_created", "djstripe_id")
        .first()
    )


def _key(user: AbstractUser) -> str:
    """
    Build the key that makes two tabs one customer.

    It changes with the address, and with each customer that was let go. A row without a user is
    not one of those: the mirror, or another tab, may just have written it.
    """
    forgotten = Customer.objects.filter(
        subscriber=None, metadata__user_id=str(user.pk), stripe_data__deleted=True
    ).count()
    digest = hashlib.sha256(user.email.encode()).hexdigest()[:16]
    return f"customer:{user.pk}:{digest}:{forgotten}"
