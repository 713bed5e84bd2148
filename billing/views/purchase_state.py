"""Where a purchase stands, in the one word that its buyer needs."""

from datetime import datetime
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Purchase, StripeEvent


class DisplayState(Enum):
    NOT_STARTED = "not_started"
    WAITING = "waiting"
    # A saved card is being charged, or will be soon.
    CHARGING = "charging"
    PROCESSING = "processing"
    CHECKING = "checking"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    FAILED = "failed"
    # Staff decided on a payment that did not add up: the money went back, or nothing more happens.
    SENT_BACK = "sent_back"
    CLOSED = "closed"

    @property
    def label(self) -> Promise:
        return _LABELS[self][0]

    @property
    def tone(self) -> str:
        return _LABELS[self][1]

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens unless a person does something."""
        return self not in _UNSETTLED


_UNSETTLED = {
    DisplayState.WAITING,
    DisplayState.CHARGING,
    DisplayState.PROCESSING,
    DisplayState.CHECKING,
}

_LABELS = {
    DisplayState.NOT_STARTED: (_("Not started"), "warn"),
    DisplayState.WAITING: (_("Waiting for payment"), "info"),
    DisplayState.CHARGING: (_("Being charged"), "info"),
    DisplayState.PROCESSING: (_("Payment processing"), "info"),
    DisplayState.CHECKING: (_("Being checked"), "warn"),
    DisplayState.PAID: (_("Paid"), "good"),
    DisplayState.PARTLY_REFUNDED: (_("Partly refunded"), "info"),
    DisplayState.REFUNDED: (_("Refunded"), "info"),
    DisplayState.DISPUTED: (_("Disputed"), "warn"),
    DisplayState.EXPIRED: (_("Not paid"), ""),
    DisplayState.FAILED: (_("Payment failed"), "bad"),
    DisplayState.SENT_BACK: (_("Refunded"), "info"),
    DisplayState.CLOSED: (_("Closed"), ""),
}

_UNPAID = {
    Purchase.Status.PROCESSING: DisplayState.PROCESSING,
    Purchase.Status.EXPIRED: DisplayState.EXPIRED,
    Purchase.Status.FAILED: DisplayState.FAILED,
}


_DECIDED_BY_STAFF = {
    StripeEvent.Resolution.REFUND: DisplayState.SENT_BACK,
    StripeEvent.Resolution.DISMISS: DisplayState.CLOSED,
}


def display_state(
    purchase: Purchase, *, at: datetime, set_aside: bool = False, decided: str | None = None
) -> DisplayState:
    """
    Tell where a purchase stands. Wants its lot, and its payment's disputes where it has one.

    :param set_aside: whether something that Stripe said of it waits for staff; then nobody is told
        that they were not charged
    :param decided: what staff decided last about such a thing, a `StripeEvent.Resolution`
    """
    if purchase.is_paid:
        return _of_paid(purchase)
    if set_aside:
        return DisplayState.CHECKING
    if decided in _DECIDED_BY_STAFF:
        return _DECIDED_BY_STAFF[StripeEvent.Resolution(decided)]
    return _of_unpaid(purchase, at=at)


def credits_left(purchase: Purchase, *, at: datetime) -> int:
    """Count what can still be spent of the credits that a purchase brought. Wants its lot."""
    lot = purchase.lot
    if lot is None or (lot.expires_at is not None and lot.expires_at <= at):
        return 0
    return int(lot.remaining)


def _of_unpaid(purchase: Purchase, *, at: datetime) -> DisplayState:
    if purchase.problem and (purchase.status == Purchase.Status.EXPIRED or _was_charged(purchase)):
        return DisplayState.CHECKING
    if purchase.status in _UNPAID:
        return _UNPAID[Purchase.Status(purchase.status)]
    if purchase.problem and purchase.stripe_session_id:
        return DisplayState.CHECKING
    if purchase.status == Purchase.Status.OPEN:
        return DisplayState.WAITING
    if purchase.is_topup:
        return DisplayState.CHARGING
    return DisplayState.NOT_STARTED if purchase.expires_at > at else DisplayState.EXPIRED


def _was_charged(purchase: Purchase) -> bool:
    """Tell whether a top-up that failed took money all the same: then staff decide."""
    is_over = purchase.is_topup and purchase.status == Purchase.Status.FAILED
    return is_over and purchase.topup.is_counted


def _of_paid(purchase: Purchase) -> DisplayState:
    lot = purchase.lot
    if purchase.payment and any(dispute.is_open for dispute in purchase.payment.disputes.all()):
        return DisplayState.DISPUTED
    if lot is None or lot.clawback_target == 0:
        return DisplayState.PAID
    return (
        DisplayState.REFUNDED
        if lot.clawback_target == lot.granted
        else DisplayState.PARTLY_REFUNDED
    )
