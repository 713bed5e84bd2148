"""
Taking a person out of the site: rows, payloads, copies, log-in, sessions and staff's log.

The books stay. The account loses its owner and keeps its lots and transactions, purchases keep
what was promised and paid; all of that is numbers and ids. Text in the ledger's
append-only tables cannot be changed by anyone, so it is looked for at the end, with all the rest.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet

from billing import stripe_gateway, users
from billing.mails import messages
from billing.models import (
    BuyerDetails,
    ErasureRequest,
    Invoice,
    Payment,
    Purchase,
    SavedCard,
    StripeEvent,
)
from billing.privacy import log_ins, signals, text_search
from billing.privacy.redaction import MARK, skeleton
from billing.topups import forgetting
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)

BATCH = 500


@dataclass(kw_only=True)
class Erased:
    """What was taken out: rows by kind, and where text is left that nobody can change."""

    rows: dict[str, int] = field(default_factory=dict)
    left: list[text_search.Place] = field(default_factory=list)


def delete_at_stripe(user: AbstractBaseUser) -> int:
    """
    Delete a person's cards and customers at Stripe. Payments stay, as the law wants them to.

    :raises GatewayError: if Stripe did not; nothing here has changed then, so do it again
    """
    forgetting.detach_at_stripe(user)
    customer_ids = customers.ids_of(user)
    for customer_id in customer_ids:
        stripe_gateway.delete_customer(customer_id)
    return len(customer_ids)


def erase(
    *, user: AbstractBaseUser | None, terms: Iterable[str] = (), dry_run: bool = False
) -> Erased:
    """
    Take a person out, wholly or not at all. Safe to repeat.

    A project's own tables follow what their keys to the user say, and `signals.erasing`.

    :param user: None where only terms are left to look for
    :param terms: addresses and names to strike out wherever they stand, besides the person's own
    """
    erased = Erased()
    with transaction.atomic():
        sought = {*terms, *(_terms_of(user) if user else ())}
        if user:
            erased.rows |= _erase_rows(user)
        erased.rows["text elsewhere"], erased.left = text_search.strike_out(sought)
        transaction.set_rollback(dry_run)
    log.info(
        "person_erased",
        extra={"user": str(user.pk) if user else None, "dry_run": dry_run, **erased.rows},
    )
    return erased


def _terms_of(user: AbstractBaseUser) -> set[str]:
    """Collect a person's addresses and full name; a first name alone is anybody's."""
    full_name = getattr(user, "get_full_name", str)().strip()
    return users.addresses(user) | ({full_name} if " " in full_name else set())


def _erase_rows(user: AbstractBaseUser) -> dict[str, int]:
    account = Account.objects.select_for_update().filter(user_id=user.pk).first()
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
        **forgetting.forget(user),
        "customers": customers.erase(user),
        "messages": messages.forget(users.addresses(user)),
        "preferences": users.forget_language(user),
        "requests to be erased": ErasureRequest.objects.filter(user_id=user.pk).delete()[0],
        "purchases": purchases.exclude(checkout_url="", next_url="").update(
            checkout_url="", next_url=""
        ),
        "payments": payments.exclude(receipt_url="").update(receipt_url=""),
        "invoices": _forget_addresses(purchases),
        "buyer's details": BuyerDetails.objects.filter(purchase__in=purchases).delete()[0],
        "sessions": users.end_sessions(user),
        "staff log": log_ins.clear_staff_log(user),
    }
    Account.objects.filter(user_id=user.pk).update(user=None)
    log_ins.remove(user)
    return rows


def _forget_addresses(purchases: QuerySet[Purchase]) -> int:
    """Keep the numbers of invoices, for the books, and not the pages that name the person."""
    invoices = Invoice.objects.filter(purchase__in=purchases)
    return invoices.update(hosted_invoice_url="", invoice_pdf="", addressed_at=None)


def _reduce_events(
    purchases: QuerySet[Purchase], payments: QuerySet[Payment], customer_ids: list[str]
) -> int:
    """Reduce every payload about a person, also what staff has yet to decide."""
    # A card that was detached is of no customer any more.
    card_ids = SavedCard.objects.filter(customer__stripe_customer_id__in=customer_ids).values_list(
        "stripe_payment_method_id", flat=True
    )
    events = (
        StripeEvent.objects.filter(
            Q(purchase__in=purchases)
            | Q(payment__in=payments)
            | Q(payload__data__object__customer__in=customer_ids)
            | Q(payload__data__object__id__in=[*customer_ids, *card_ids])
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
