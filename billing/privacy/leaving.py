"""
People who ask to be erased: after some days of grace, in which they may take it back.

A job erases whoever is due. It waits for a payment that a bank has not answered, since credits and
refunds of it would have nobody; a payment page that is still open is closed at Stripe.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from billing import conf, stripe_gateway, users
from billing.checkout import canceling
from billing.mails import messages, writing
from billing.models import ErasureRequest, Purchase
from billing.models.display_states import maybe_paid
from billing.privacy import erasure
from credits.models import Account

log = logging.getLogger(__name__)

MAIL = "erasure_requested"
MAIL_LASTS = timedelta(days=2)


class StaffStay(Exception):
    """Staff are not erased by a click: what they decided has their name."""


@dataclass(frozen=True)
class Loss:
    """What a person would lose: credits, and payments that have not arrived."""

    credits: int
    reserved: int
    open_payments: int


def asked(user: AbstractBaseUser) -> ErasureRequest | None:
    """Give the request that a person has made and not taken back."""
    return ErasureRequest.objects.filter(user_id=user.pk).first()


def loss(user: AbstractBaseUser) -> Loss:
    account = Account.objects.filter(user_id=user.pk).first()
    return Loss(
        credits=account.balance if account else 0,
        reserved=account.held if account else 0,
        open_payments=_open_payments(user),
    )


def ask(user: AbstractBaseUser, *, at: datetime | None = None) -> ErasureRequest:
    """
    Note that a person wants to be erased, and write to them. Safe to repeat: the first day counts.

    :raises StaffStay: if they are staff
    """
    if _is_staff(user):
        raise StaffStay
    now = at or timezone.now()
    due_at = now + timedelta(days=conf.erasure_grace_days())
    with transaction.atomic():
        request, is_new = ErasureRequest.objects.get_or_create(
            user_id=user.pk, defaults={"requested_at": now, "due_at": due_at}
        )
        if is_new and users.address(user):
            _write(user, request)
    if is_new:
        log.info("erasure_requested", extra={"user": str(user.pk), "due_at": str(due_at)})
    return request


def take_back(user: AbstractBaseUser) -> bool:
    """Keep a person after all; tell whether they had asked to be erased."""
    with transaction.atomic():
        request = ErasureRequest.objects.select_for_update().filter(user_id=user.pk).first()
        if request is None:
            return False
        request.delete()
    log.info("erasure_taken_back", extra={"user": str(user.pk)})
    return True


def erase_due(*, at: datetime) -> int:
    """Erase whoever is due and has no payment on its way; return how many that were."""
    erased = 0
    due = ErasureRequest.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    for request in due.select_related("user"):
        try:
            erased += _erase(request, at=at)
        except stripe_gateway.GatewayError as error:
            log.warning("erasure_waits", extra={"user": str(request.user_id), "error": str(error)})
            if isinstance(error, stripe_gateway.GatewayUnavailable):
                break  # the others would wait for Stripe in vain too
    return erased


def _erase(request: ErasureRequest, *, at: datetime) -> bool:
    user = request.user
    if _is_staff(user):  # who became one after asking
        log.info("erasure_waits", extra={"user": str(user.pk), "error": "they are staff"})
        return False
    for purchase in Purchase.objects.of(user.pk).filter(status__in=Purchase.AT_CHECKOUT):
        canceling.cancel(purchase, user=user)
    if _open_payments(user):
        log.info("erasure_waits", extra={"user": str(user.pk), "error": "a payment is on its way"})
        return False
    if not ErasureRequest.objects.filter(pk=request.pk).exists():
        return False
    erasure.delete_at_stripe(user)  # made anew with the next purchase of who takes it back now
    with transaction.atomic():  # the row is locked by both: to erase, and to take it back
        still = ErasureRequest.objects.select_for_update().filter(pk=request.pk, due_at__lte=at)
        if not still.exists():
            return False
        # While Stripe was asked they may have begun to pay; from this lock on nobody can.
        Account.objects.select_for_update().filter(user_id=user.pk).first()
        if _open_payments(user):
            return False
        erasure.erase(user=user)
    return True


def _is_staff(user: AbstractBaseUser) -> bool:
    return bool(getattr(user, "is_staff", False))


def _open_payments(user: AbstractBaseUser) -> int:
    theirs = Purchase.objects.of(user.pk)
    waiting = theirs.filter(status__in=Purchase.WAITING).values("pk")
    return theirs.filter(
        pk__in=waiting.union(maybe_paid(theirs, at=timezone.now()).values("pk"))
    ).count()


def _write(user: AbstractBaseUser, request: ErasureRequest) -> None:
    written = writing.render(
        MAIL,
        {
            "due_at": request.due_at,
            "loss": loss(user),
            "account_url": writing.url_of("account"),
            "is_about_the_account": True,
        },
        language=users.language(user),
        zone=users.time_zone(user),
    )
    message = EmailMultiAlternatives(
        subject=written.subject, body=written.text, to=[users.address(user)]
    )
    message.attach_alternative(written.html, "text/html")
    messages.queue(message, kind=MAIL, lasts=MAIL_LASTS)
