"""A purchase is locked with all that its grant needs, and its lot opened, whatever paid for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from billing import prepared, signals
from billing.models import CreditPlan, Payment, PlanPrice, Purchase
from billing.models.amounts import FIELDS as AMOUNTS
from billing.settlement import news, settling
from billing.settlement.settling import Outcome
from credits import ledger
from credits.models import Account, Lot

BESIDE: Final = {
    "account": (Account, ("id", "user")),
    "plan": (CreditPlan, ("id", "name")),
    "plan_price": (PlanPrice, ("id", "stripe_price_id", "amount_minimum", "uuid")),
}
LOCK: Final = f"""
    SELECT EXISTS (SELECT FROM billing_stripeevent WHERE waits_for = %s AND waits_for <> ''),
           {
    ", ".join(
        column for model, names in BESIDE.values() for column in prepared.columns(model, *names)
    )
},
           {", ".join(prepared.columns(Purchase))}
    FROM billing_purchase
    JOIN credits_account ON credits_account.id = billing_purchase.account_id
    JOIN billing_creditplan ON billing_creditplan.id = billing_purchase.plan_id
    JOIN billing_planprice ON billing_planprice.id = billing_purchase.plan_price_id
    WHERE billing_purchase.{{column}} = %s FOR UPDATE OF billing_purchase
"""  # noqa: S608 (names of ours)
# What a grant writes down on its purchase.
GRANTED: Final = (
    "stripe_session_id",
    "payment",
    "lot",
    "status",
    "paid_at",
    "closed_at",
    "problem",
    "checkout_url",
    *AMOUNTS,
)


def lock(*, payment_intent_id: str | None, **named: object) -> Purchase | None:
    """
    Lock the purchase with this `stripe_session_id` or `uuid`, in one statement.

    With it come whether an event waits for its payment, and what a grant and the rules of a session
    read of its account, plan and price.
    """
    [(name, value)] = named.items()
    found = prepared.rows(LOCK.format(column=name), [payment_intent_id or "", value])
    return _joined(found[0]) if found else None


def _joined(row: Sequence[Any]) -> Purchase:
    has_news, *values = row
    beside = {}
    for name, (model, names) in BESIDE.items():
        beside[name] = prepared.load(model, values[: len(names)], *names)
        values = values[len(names) :]
    purchase = prepared.load(Purchase, values)
    purchase.has_news = has_news
    for name, instance in beside.items():
        setattr(purchase, name, instance)
    return purchase


def grant(
    purchase: Purchase,
    *,
    payment: Payment | None,
    amounts: Mapping[str, int | None],
    at: datetime,
    actor: str,
    metadata: Mapping[str, str],
) -> Outcome:
    """
    Open the lot that a purchase promised, and take back at once what is not paid for any more.

    The caller has locked the payment and the purchase, and has seen that it is paid for.

    :param payment: None where nothing was to be paid
    :param amounts: what was paid, of it for discounts and taxes: `billing.models.amounts.FIELDS`
    :param metadata: what the grant is noted with: which of Stripe's objects paid for it
    """
    days = purchase.valid_for_days
    lot = ledger.grant(
        account=purchase.account,
        credits=purchase.credits,
        source=f"purchase:{purchase.uuid}",
        kind=Lot.Kind.PURCHASE,
        expires_at=at + timedelta(days=days) if days else None,
        description=purchase.plan.name,
        metadata=metadata,
        actor=actor,
    )
    purchase.payment = payment
    for field in AMOUNTS:
        setattr(purchase, field, amounts[field])
    purchase.lot = lot
    purchase.status = Purchase.Status.PAID
    purchase.paid_at = at
    purchase.closed_at = None
    purchase.checkout_url = ""
    prepared.save(purchase, fields=GRANTED)
    outcome = Outcome.processed(purchase=purchase, payment=payment)
    known = None if payment is None or payment.is_new else payment
    if known:
        outcome = settling.settle_lot(lot, purchase=purchase, payment=known)
    news.announce(signals.purchase_paid, purchase=purchase)
    if known:
        news.tell_all(known, purchase=purchase)
    return outcome
