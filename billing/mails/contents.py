"""
What each kind of mail tells: the values that its templates want, read when it is sent.

None where it is not true any more, so that nobody hears yesterday's news.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from billing import conf, users
from billing.mails import topups
from billing.models import Dispute, OutgoingMail, Purchase, Refund
from credits import ledger
from credits.models import Account, Lot

Kind = OutgoingMail.Kind
Values = Mapping[str, Any]
Content = Callable[[Account, Sequence[OutgoingMail], datetime], Values | None]


def read(kind: str, account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Values | None:
    """Give the values for mails of one account and one kind, or None."""
    return CONTENTS[Kind(kind)](account, mails, at)


def _credits_arrived(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Values | None:
    purchase = _purchase(pk=mails[0].ids["purchase"])
    lot = purchase.lot
    if lot is None or lot.clawback_target == lot.granted:
        return None
    return {
        **about(purchase),
        "paid": purchase.payment.amount_received if purchase.payment else 0,
        "balance": ledger.balance(account, at),
    }


def _payment_processing(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Values | None:
    purchase = _purchase(pk=mails[0].ids["purchase"])
    return about(purchase) if purchase.status == Purchase.Status.PROCESSING else None


def _payment_failed(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Values | None:
    purchase = _purchase(pk=mails[0].ids["purchase"])
    return about(purchase) if purchase.status == Purchase.Status.FAILED else None


def _payment_refunded(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Values | None:
    refund = Refund.objects.get(pk=mails[0].ids["refund"])
    if refund.has_failed:
        return None
    return {
        **about(_purchase(payment=refund.payment_id)),
        "refund": refund,
        "balance": ledger.balance(account, at),
    }


def _refund_failed(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Values | None:
    """Only who was told of the refund is told that it failed."""
    refund = Refund.objects.get(pk=mails[0].ids["refund"])
    sent = OutgoingMail.objects.filter(
        key=f"{Kind.PAYMENT_REFUNDED}:{refund.pk}", status=OutgoingMail.Status.SENT
    )
    if not refund.has_failed or not sent.exists():
        return None
    return {**about(_purchase(payment=refund.payment_id)), "refund": refund}


def _payment_disputed(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Values | None:
    dispute = Dispute.objects.get(pk=mails[0].ids["dispute"])
    if not dispute.is_open:
        return None
    return {**about(_purchase(payment=dispute.payment_id)), "dispute": dispute}


def _dispute_closed(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Values | None:
    dispute = Dispute.objects.get(pk=mails[0].ids["dispute"])
    if dispute.state not in {Dispute.Status.WON, Dispute.Status.LOST}:
        return None
    return {
        **about(_purchase(payment=dispute.payment_id)),
        "dispute": dispute,
        "balance": ledger.balance(account, at),
    }


def _balance_low(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Values | None:
    balance = ledger.balance(account, at)
    is_low = account.user is not None and balance < (users.low_balance(account.user) or 0)
    return {"balance": balance} if is_low else None


def _credits_expiring(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Values | None:
    lots = Lot.objects.open().filter(pk__in=[mail.ids["lot"] for mail in mails], expires_at__gt=at)
    return {"lots": lots} if lots else None


def about(purchase: Purchase) -> dict[str, Any]:
    """Give what every mail about a purchase may say of it."""
    return {
        "purchase": purchase,
        "purchase_url": conf.site_url() + reverse("billing:purchase", args=[purchase.uuid]),
    }


def _purchase(**lookups: Any) -> Purchase:
    return Purchase.objects.select_related("plan", "payment", "lot").get(**lookups)


CONTENTS: Final[Mapping[Kind, Content]] = {
    Kind.CREDITS_ARRIVED: _credits_arrived,
    Kind.PAYMENT_PROCESSING: _payment_processing,
    Kind.PAYMENT_FAILED: _payment_failed,
    Kind.PAYMENT_REFUNDED: _payment_refunded,
    Kind.REFUND_FAILED: _refund_failed,
    Kind.PAYMENT_DISPUTED: _payment_disputed,
    Kind.DISPUTE_CLOSED: _dispute_closed,
    Kind.BALANCE_LOW: _balance_low,
    Kind.CREDITS_EXPIRING: _credits_expiring,
    Kind.TOPUP_CHARGED: topups.charges,
    Kind.TOPUP_FAILED: topups.to_be_tried_again,
    Kind.TOPUP_AUTHENTICATION: topups.to_be_paid_by_hand,
    Kind.TOPUP_OFF: topups.off,
}
