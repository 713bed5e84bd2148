"""Which customer at Stripe a user is: one each, however many tabs ask."""

import logging
from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from billing import conf, stripe_gateway
from billing.models import Customer
from billing.users.addresses import address

log = logging.getLogger(__name__)


def id_for(user: AbstractBaseUser) -> str:
    """
    Find a user's customer at Stripe, or make it; bring its address up to date.

    Of a customer that is there, an address that Stripe does not take is tried again at the next
    purchase, and stops none.

    :raises GatewayError: if there was no customer, and Stripe did not make one; with the code
        `email_invalid` where it refuses the address
    """
    send_address(user)
    customer = _current(user)
    return customer.stripe_customer_id if customer is not None else _create(user)


def send_address(user: AbstractBaseUser) -> None:
    """
    Bring the address of a user's customer up to date, if there is one; asks Stripe if it differs.

    What fails is logged, and tried again with the next purchase.
    """
    customer = _current(user)
    if customer is not None and customer.email.lower() != address(user).lower():
        _send_address(customer, address(user))


def ids_of(user: AbstractBaseUser, *, livemode: bool | None = None) -> list[str]:
    """List every customer at Stripe that a user is or was, in one mode or in any."""
    rows = Customer.objects.filter(user_id=user.pk).order_by("id")
    if livemode is not None:
        rows = rows.filter(livemode=livemode)
    return list(rows.values_list("stripe_customer_id", flat=True))


def erase(user: AbstractBaseUser) -> int:
    """Forget who a user's customers were; return how many."""
    return Customer.objects.filter(user_id=user.pk).update(user=None, email="")


def of_erased(customer_ids: Iterable[str]) -> set[str]:
    """Pick the customers whose person was erased."""
    rows = Customer.objects.filter(stripe_customer_id__in=set(customer_ids), user=None)
    return set(rows.values_list("stripe_customer_id", flat=True))


def mark_missing(stripe_customer_id: str) -> None:
    """Let go of a customer that Stripe no longer has; the next purchase makes a new one."""
    let_go = Customer.objects.filter(
        stripe_customer_id=stripe_customer_id, found_missing_at=None
    ).update(found_missing_at=timezone.now())
    if let_go:
        log.warning("customer_missing", extra={"customer": stripe_customer_id})


def _current(user: AbstractBaseUser) -> Customer | None:
    return Customer.objects.current().filter(user_id=user.pk, livemode=conf.livemode()).first()


def _create(user: AbstractBaseUser) -> str:
    """Make one, once for all tabs: the key changes with each customer that was let go."""
    email = address(user)
    let_go = Customer.objects.filter(user_id=user.pk).exclude(found_missing_at=None).count()
    stripe_customer_id = stripe_gateway.create_customer(
        user_id=str(user.pk), email=email, key=f"customer:{user.pk}:{let_go}"
    )
    row = Customer(
        user_id=user.pk,
        livemode=conf.livemode(),
        stripe_customer_id=stripe_customer_id,
        email=email,
    )
    Customer.objects.bulk_create([row], ignore_conflicts=True)
    current = _current(user)  # another tab's, if that was first
    return current.stripe_customer_id if current else stripe_customer_id


def _send_address(customer: Customer, email: str) -> None:
    try:
        stripe_gateway.update_customer(customer_id=customer.stripe_customer_id, email=email)
    except stripe_gateway.GatewayMissing:
        mark_missing(customer.stripe_customer_id)
    except stripe_gateway.GatewayError as error:
        fields = {"customer": customer.stripe_customer_id, "error": str(error)}
        log.warning("customer_not_updated", extra=fields)
    else:
        Customer.objects.filter(pk=customer.pk).update(email=email)
