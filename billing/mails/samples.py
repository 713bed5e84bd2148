"""Made-up news of every kind, for whoever changes what mails look like: `preview_mails`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from billing import conf
from billing.mails.contents import Kind, about
from billing.mails.writing import Written, render
from billing.models import CreditPlan, Dispute, OutgoingMail, Purchase, Refund
from credits.models import Lot

AT: Final = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
BALANCE: Final = 1275


def write(kind: str, *, language: str) -> Written:
    """Write a mail of a kind with made-up values. Its links lead nowhere."""
    url = f"{conf.site_url()}/…" if kind in OutgoingMail.SWITCHED else ""
    return render(kind, {**_values(Kind(kind)), "unsubscribe_url": url}, language=language)


def _values(kind: Kind) -> Mapping[str, Any]:
    money = {"unit_amount": 3900, "currency": "usd"}
    values: dict[Kind, Mapping[str, Any]] = {
        Kind.CREDITS_ARRIVED: {**about(_purchase()), "paid": 3900, "balance": BALANCE},
        Kind.PAYMENT_PROCESSING: about(_purchase()),
        Kind.PAYMENT_FAILED: about(_purchase()),
        Kind.PAYMENT_REFUNDED: {
            **about(_purchase(clawed_back=575)),
            "refund": Refund(status=Refund.Status.SUCCEEDED, **money),
            "balance": BALANCE - 575,
        },
        Kind.REFUND_FAILED: {
            **about(_purchase()),
            "refund": Refund(status=Refund.Status.FAILED, **money),
        },
        Kind.PAYMENT_DISPUTED: {
            **about(_purchase(clawed_back=575)),
            "dispute": Dispute(status=Dispute.Status.NEEDS_RESPONSE, **money),
        },
        Kind.DISPUTE_CLOSED: {
            **about(_purchase()),
            "dispute": Dispute(status=Dispute.Status.WON, **money),
            "balance": BALANCE,
        },
        Kind.BALANCE_LOW: {"balance": 6},
        Kind.CREDITS_EXPIRING: {
            "lots": [
                SimpleNamespace(remaining=75, expires_at=AT + timedelta(days=7)),
                SimpleNamespace(remaining=1, expires_at=AT + timedelta(days=30)),
            ]
        },
        Kind.TOPUP_CHARGED: {"topups": [_topup()]},
        Kind.TOPUP_FAILED: {"topups": [_topup()]},
        Kind.TOPUP_AUTHENTICATION: {"topups": [_topup()]},
        Kind.TOPUP_OFF: {"rule": SimpleNamespace(off_reason="declined")},
    }
    return values[kind]


def _topup() -> SimpleNamespace:
    return SimpleNamespace(purchase=_purchase(), card="Visa •••• 4242")


def _purchase(*, clawed_back: int = 0) -> Purchase:
    """Make up a purchase that stands in no table."""
    return Purchase(
        uuid=UUID(int=0),
        plan=CreditPlan(name="Studio"),
        lot=Lot(granted=575, clawed_back=clawed_back, expires_at=AT + timedelta(days=180)),
        credits=575,
        unit_amount=3900,
        currency="usd",
    )
