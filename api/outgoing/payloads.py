"""
What receivers read of each type of event: ids, numbers and states, nothing of a person.

Within a version fields are only added. `VERSION` rises with any other change; what was written
before keeps its own.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from django.dispatch import Signal

from api.models import EventType, WebhookEvent
from billing import signals as billing
from billing.models import Dispute, Purchase, Refund
from credits import ledger
from credits import signals as credits
from credits.models import Account, Lot

VERSION: Final = 1
Data = dict[str, Any]


class News(NamedTuple):
    """Whose credits or money it is about; `write` gives the data, once the account is locked."""

    account: Account
    write: Callable[[], Data]


def body_of(event: WebhookEvent) -> str:
    """Write what is posted: the same at each attempt, and for each endpoint."""
    return json.dumps(
        {
            "id": event.webhook_id,
            "type": event.type,
            "version": event.version,
            "timestamp": _instant(event.created_at),
            "account": event.account_id,
            "sequence": event.pk,
            "data": event.data,
        },
        separators=(",", ":"),
    )


def _purchase(purchase: Purchase) -> News:
    return News(purchase.account, partial(_of_purchase, purchase))


def _refund(refund: Refund) -> News:
    purchase = refund.payment.purchase

    def write() -> Data:
        return {
            "refund": str(refund.uuid),
            "status": refund.status,
            "unit_amount": refund.unit_amount,
            "currency": refund.currency,
            "purchase": _of_purchase(purchase),
        }

    return News(purchase.account, write)


def _dispute(dispute: Dispute) -> News:
    purchase = dispute.payment.purchase

    def write() -> Data:
        return {
            "dispute": dispute.stripe_dispute_id,
            "status": dispute.status,
            "is_inquiry": dispute.state.is_inquiry,
            "unit_amount": dispute.unit_amount,
            "currency": dispute.currency,
            "withdrawn": dispute.withdrawn,
            "due_by": _instant(dispute.due_by),
            "purchase": _of_purchase(purchase),
        }

    return News(purchase.account, write)


def _granted(lot: Lot) -> News:
    return News(lot.account, partial(_of_lot, lot))


def _expiring(lot: Lot, days: int) -> News:
    return News(lot.account, lambda: {**_of_lot(lot), "days": days})


def _expired(lot: Lot) -> News:
    return News(lot.account, lambda: {**_of_lot(lot), "credits_expired": lot.expired})


def _low(account: Account, balance: int, threshold: int) -> News:
    return News(account, lambda: {"balance": balance, "threshold": threshold})


def _of_purchase(purchase: Purchase) -> Data:
    """Say what was bought, and what became of it by what Stripe says of its money."""
    lot = Lot.objects.get(pk=purchase.lot_id) if purchase.lot_id else None
    return {
        "purchase": str(purchase.uuid),
        "status": purchase.status,
        "plan": purchase.plan.slug,
        "unit_amount": purchase.unit_amount,
        "currency": purchase.currency,
        "livemode": purchase.livemode,
        "paid_at": _instant(purchase.paid_at),
        "credits": purchase.credits,
        "credits_clawed_back": lot.clawed_back if lot else 0,
        "credits_short": lot.shortfall if lot else 0,
        "lot": purchase.lot_id,
        "balance": ledger.balance(purchase.account),
    }


def _of_lot(lot: Lot) -> Data:
    """Say what arrived; the source of a grant over HTTP is its client's own Idempotency-Key."""
    return {
        "lot": lot.pk,
        "kind": lot.kind,
        "source": "" if lot.source.startswith("api:") else lot.source,
        "credits": lot.granted,
        "credits_remaining": lot.remaining,
        "expires_at": _instant(lot.expires_at),
        "balance": ledger.balance(lot.account),
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


# What each signal is called outside, and what is written of it.
EVENTS: Final[Mapping[Signal, tuple[EventType, Callable[..., News]]]] = {
    billing.purchase_paid: (EventType.PURCHASE_PAID, _purchase),
    billing.purchase_failed: (EventType.PURCHASE_FAILED, _purchase),
    billing.refund_settled: (EventType.REFUND_SETTLED, _refund),
    billing.dispute_opened: (EventType.DISPUTE_OPENED, _dispute),
    billing.dispute_closed: (EventType.DISPUTE_CLOSED, _dispute),
    credits.credits_granted: (EventType.CREDITS_GRANTED, _granted),
    credits.credits_expiring: (EventType.CREDITS_EXPIRING, _expiring),
    credits.credits_expired: (EventType.CREDITS_EXPIRED, _expired),
    credits.balance_low: (EventType.BALANCE_LOW, _low),
}
