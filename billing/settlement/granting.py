"""The moment in which a purchase is paid: its lot is opened, once, whatever paid for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from billing import prepared, signals
from billing.models import Payment, Purchase
from billing.models.amounts import FIELDS as AMOUNTS
from billing.settlement import news, settling
from billing.settlement.settling import Outcome
from credits import ledger
from credits.models import Lot

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
