"""
Taking a person out of the site: rows, payloads, mirror, log-ins, sessions and staff's log.

The books stay. The account loses its owner and keeps its lots and transactions, purchases keep
what was promised and paid; all of that is numbers and ids. What the ledger's append-only tables
say in words cannot be changed by anyone, so it is looked for at the end, with everything else.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, ProtectedError, Q, QuerySet
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Payment, Purchase, StripeEvent
from billing.privacy import signals, text_search
from billing.privacy.redaction import MARK, skeleton
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)

BATCH = 500


@dataclass(kw_only=True)
class Erased:
    """What was taken out: rows by kind, and where words are left that nobody can change."""

    rows: dict[str, int] = field(default_factory=dict)
    left: list[text_search.Place] = field(default_factory=list)


def find(name: str) -> User | None:
    """Find a person by number or by any address of theirs."""
    if name.isdecimal():
        return User.objects.filter(pk=int(name)).first()
    known = User.objects.filter(email__iexact=name).first()
    if known:
        return known
    address = EmailAddress.objects.filter(email__iexact=name).select_related("user").first()
    return address.user if address else None


def delete_at_stripe(user: User) -> int:
    """
    Delete a person's customers at Stripe. Payments stay there, as the law wants them to.

    :raises GatewayError: if Stripe did not; nothing here has changed then, so do it again
    """
    customer_ids = customers.ids_of(user)
    for customer_id in customer_ids:
        stripe_gateway.delete_customer(customer_id)
    return len(customer_ids)


def erase(*, user: User | None, words: Iterable[str] = (), dry_run: bool = False) -> Erased:
    """
    Take a person out, wholly or not at all. Safe to repeat.

    :param user: None where only words are left to look for
    :param words: addresses and names to strike out wherever they stand, besides the person's own
    """
    erased = Erased()
    with transaction.atomic():
        said = {*words, *(_words_of(user) if user else ())}
        if user:
            erased.rows |= _erase_rows(user)
        erased.rows["words elsewhere"] = text_search.strike_out(said)
        erased.left = text_search.find(said)
        transaction.set_rollback(dry_run)
    log.info(
        "person_erased",
        extra={"user": user.pk if user else None, "dry_run": dry_run, **erased.rows},
    )
    return erased


def _words_of(user: User) -> set[str]:
    """Collect a person's addresses and full name; a first name alone is anybody's."""
    name = user.get_full_name().strip()
    return {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
        *([name] if " " in name else []),
    } - {""}


def _erase_rows(user: User) -> dict[str, int]:
    account = Account.objects.select_for_update().filter(user=user).first()
    purchases = Purchase.objects.filter(account=account) if account else Purchase.objects.none()
    payments = Payment.objects.filter(purchase__in=purchases)
    customer_ids = customers.ids_of(user)
    rows = {
        "events": _reduce_events(purchases, payments, customer_ids),
        **signals.send(
            signals.erasing,
            user=user,
            customer_ids=customer_ids,
            payment_intent_ids=list(payments.values_list("stripe_payment_intent_id", flat=True)),
        ),
        "customers": customers.erase(user),
        "purchases": purchases.exclude(checkout_url="").update(checkout_url=""),
        "payments": payments.exclude(receipt_url="").update(receipt_url=""),
        "sessions": _end_sessions(user),
        "staff log": _anonymise_log(user),
    }
    Account.objects.filter(user=user).update(user=None)
    _remove(user)
    return rows


def _reduce_events(
    purchases: QuerySet[Purchase], payments: QuerySet[Payment], customer_ids: list[str]
) -> int:
    """Reduce every payload about a person, also what staff has yet to decide."""
    events = (
        StripeEvent.objects.filter(
            Q(purchase__in=purchases)
            | Q(payment__in=payments)
            | Q(payload__data__object__customer__in=customer_ids)
            | Q(payload__data__object__id__in=customer_ids)
        )
        .exclude(payload__has_key=MARK)
        .only("payload")
    )
    count = 0
    while batch := list(events.order_by("pk")[:BATCH]):
        for event in batch:
            event.payload = skeleton(event.payload)
        StripeEvent.objects.bulk_update(batch, ["payload"])
        count += len(batch)
    return count


def _end_sessions(user: User) -> int:
    """Log a person out everywhere: what a session says is not searchable, so each is opened."""
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    return Session.objects.filter(pk__in=theirs).delete()[0]


def _anonymise_log(user: User) -> int:
    """Keep what staff did to a person, without whom."""
    about = Q()
    for row in (user, *EmailAddress.objects.filter(user=user)):
        about |= _is_about(row)
    return LogEntry.objects.filter(about).update(object_repr="[erased]", change_message="")


def _is_about(row: Model) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))


def _remove(user: User) -> None:
    """Delete the log-in; of staff who gave refunds, keep a number that did it."""
    try:
        with transaction.atomic():
            User.objects.get(pk=user.pk).delete()
    except ProtectedError:
        EmailAddress.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(
            username=f"erased-{user.pk}",
            email="",
            first_name="",
            last_name="",
            password="!",  # noqa: S106 - Django's mark of a password that never fits
            is_active=False,
            is_staff=False,
            is_superuser=False,
        )
