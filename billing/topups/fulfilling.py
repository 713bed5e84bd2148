"""
A saved card was charged: its purchase is paid, once, by the same steps as any other.

The charge's answer, the webhook, the job and reconciliation call the same verb with a PaymentIntent
that came from Stripe. The Purchase says who gets what; the PaymentIntent only proves the payment.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing import wording
from billing.models import Customer, OutgoingMail, Payment, Purchase, TopUp
from billing.settlement import facts, granting, money, news
from billing.settlement.facts import PaymentName
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import PaymentIntent
from billing.topups import months

log = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def fulfil(intent: PaymentIntent) -> Outcome:
    """
    Grant what an automatic top-up promised, if its PaymentIntent is paid.

    Safe to call at any time and any number of times, from several places at once.

    :returns: processed, with the purchase; ignored for a PaymentIntent that is not of a top-up
        here; quarantined where it is paid and is not what the purchase promised
    """
    if not intent.is_topup or intent.purchase_key is None:
        return Outcome.ignored(wording.code("not_a_topup"))
    payment = facts.lock_payment(PaymentName(payment_intent_id=intent.id, livemode=intent.livemode))
    assert payment is not None  # noqa: S101 - a PaymentIntent was named
    purchase = granting.lock(uuid=intent.purchase_key, payment_intent_id=intent.id)
    if purchase is None or not purchase.is_topup:
        if payment.is_new:
            facts.let_go(payment)
        return Outcome.ignored(wording.code("not_our_topup"))
    if purchase.has_news:
        money.note_waiting(payment)
    if not intent.is_paid:
        return _note_processing(purchase, intent)
    for reason in contradictions(intent, purchase=purchase, payment=payment):
        _set_aside(purchase, intent, problem=reason)
        facts.note_received(_received(intent), payment=payment)
        return Outcome.quarantined(reason, purchase=purchase, payment=payment)
    if purchase.is_paid:
        return Outcome.processed(purchase=purchase, payment=payment)
    return _grant(purchase, intent, payment=payment)


def contradictions(intent: PaymentIntent, *, purchase: Purchase, payment: Payment) -> Iterator[str]:
    """Find, as codes of `wording`, where a paid PaymentIntent is not what was promised."""
    for name, promised, found in (
        ("livemode", purchase.livemode, intent.livemode),
        ("currency", purchase.currency, intent.currency),
        ("amount", purchase.amount_subtotal, intent.amount),
        ("amount_received", purchase.amount_subtotal, intent.amount_received),
    ):
        if promised != found:
            yield wording.code("topup_differs", name=name, found=found, promised=promised)
    user_id = purchase.account.user_id
    if user_id is None and not purchase.is_paid:
        yield wording.code("buyer_is_gone")
    elif user_id is not None and not _is_customer(intent, user_id):
        yield wording.code("other_customer", found=intent.customer_id)
    if payment.currency and payment.currency != purchase.currency:
        yield wording.code("payment_currency", found=payment.currency, promised=purchase.currency)
    other = Purchase.objects.filter(payment=payment).exclude(pk=purchase.pk).first()
    if other is not None:
        yield wording.code("payment_is_used", found=other)
    if purchase.is_paid and purchase.payment_id != payment.pk:
        yield wording.code("paid_twice", promised=purchase.payment, found=intent.id)


def _is_customer(intent: PaymentIntent, user_id: Any) -> bool:
    known = Customer.objects.filter(user_id=user_id, stripe_customer_id=intent.customer_id or "")
    return known.exists()


def _note_processing(purchase: Purchase, intent: PaymentIntent) -> Outcome:
    """Only from the state before it: the bank's answer may have overtaken this."""
    if intent.is_processing and purchase.status == Purchase.Status.PENDING:
        purchase.status = Purchase.Status.PROCESSING
        purchase.opened_at = timezone.now()
        purchase.save(update_fields=["status", "opened_at"])
    return Outcome.processed(purchase=purchase)


def _grant(purchase: Purchase, intent: PaymentIntent, *, payment: Payment) -> Outcome:
    facts.note_received(_received(intent), payment=payment)
    purchase.problem = ""
    outcome = granting.grant(
        purchase,
        payment=payment,
        # Nothing was taken off, and no tax calculated: both are of Stripe's page.
        amounts={
            "amount_discount": 0,
            "amount_tax": 0,
            "amount_total": intent.amount_received,
        },
        at=timezone.now(),
        actor="stripe",
        metadata={"payment_intent": intent.id},
    )
    topup = _close(purchase, intent, status=TopUp.Status.PAID)
    if topup is not None:
        news.queue_mail(
            OutgoingMail.Kind.TOPUP_CHARGED,
            account_id=topup.account_id,
            fact=topup.pk,
            topup=topup.pk,
        )
    log.info("topup_paid", extra={"purchase": str(purchase.uuid), "payment_intent": intent.id})
    return outcome


def _set_aside(purchase: Purchase, intent: PaymentIntent, *, problem: str) -> None:
    """Leave a payment to staff: nothing is waited for any more, and nothing was granted."""
    log.warning("topup_set_aside", extra={"purchase": str(purchase.uuid), "problem": problem})
    _close(purchase, intent, status=TopUp.Status.FAILED)
    purchase.problem = problem
    if purchase.status in Purchase.WAITING:
        purchase.status = Purchase.Status.FAILED
        purchase.closed_at = timezone.now()
    purchase.save(update_fields=["status", "closed_at", "problem"])


def _received(intent: PaymentIntent) -> facts.Received:
    return facts.Received(currency=intent.currency, unit_amount=intent.amount_received)


def _close(purchase: Purchase, intent: PaymentIntent, *, status: TopUp.Status) -> TopUp | None:
    """Close the charge. One that had been given up counts in its month again: it was charged."""
    topup = TopUp.objects.select_for_update().filter(purchase=purchase).first()
    if topup is None or topup.status == TopUp.Status.PAID:
        return topup
    if not topup.is_counted:
        months.put_back(purchase, month=topup.month)
    topup.is_counted = True
    topup.status = status
    topup.stripe_payment_intent_id = intent.id
    topup.closed_at = timezone.now()
    topup.save(update_fields=["is_counted", "status", "stripe_payment_intent_id", "closed_at"])
    return topup
