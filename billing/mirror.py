"""
dj-stripe's tables: the address book of Stripe's customers, and a copy of Stripe for staff.

The only place that imports `djstripe`. Nothing here decides about credits.
"""

import hashlib

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from djstripe.models import Customer

from . import stripe_gateway


def customer_id_for(user: AbstractUser) -> str:
    """
    Find a person's customer at Stripe, or make it: one, however many tabs ask.

    :raises GatewayError: if Stripe did not make it
    """
    livemode = settings.STRIPE_LIVE_MODE
    known = (
        Customer.objects.filter(subscriber_id=user.pk, livemode=livemode)
        .order_by("djstripe_created", "djstripe_id")
        .first()
    )
    if known:
        return str(known.id)
    email = user.email
    made = stripe_gateway.create_customer(
        user_id=user.pk, email=email, idempotency_key=_key(user, email)
    )
    customer, _ = Customer.objects.get_or_create(
        id=made["id"],
        defaults={
            "subscriber_id": user.pk,
            "livemode": livemode,
            "email": email,
            "metadata": made.get("metadata") or {},
            "stripe_data": made,
        },
    )
    return str(customer.id)


def forget_customer(customer_id: str) -> None:
    """Let go of a customer that Stripe no longer has; the next purchase makes a new one."""
    Customer.objects.filter(id=customer_id).update(subscriber=None)


def _key(user: AbstractUser, email: str) -> str:
    """
    Build the key that makes two tabs one customer.

    It changes with the address, and with each customer that was let go.
    """
    forgotten = Customer.objects.filter(subscriber=None, metadata__user_id=str(user.pk)).count()
    digest = hashlib.sha256(email.encode()).hexdigest()[:16]
    return f"customer:{user.pk}:{digest}:{forgotten}"
