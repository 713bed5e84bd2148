"""
Where a purchase stands, in the one word that its buyer reads, and staff as well.

One SQL expression tells it, so that a page, a list and a filter cannot disagree.
"""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_lazy as _

from billing.models.disputes import Dispute
from billing.models.events import StripeEvent
from billing.models.purchases import Purchase


class DisplayState(models.TextChoices):
    NOT_STARTED = "not_started", _("Not started")
    WAITING = "waiting", _("Waiting for payment")
    # A saved card is being charged, or will be soon.
    CHARGING = "charging", _("Being charged")
    PROCESSING = "processing", _("Payment processing")
    CHECKING = "checking", _("Being checked")
    PAID = "paid", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    DISPUTED = "disputed", _("Disputed")
    # Stripe warns of fraud: what is left of its credits waits until staff have decided.
    ON_HOLD = "on_hold", _("On hold")
    EXPIRED = "expired", _("Not paid")
    FAILED = "failed", _("Payment failed")
    # Staff decided on a payment that did not add up: the money went back, or nothing more happens.
    SENT_BACK = "sent_back", _("Refunded")
    CLOSED = "closed", _("Closed")

    @property
    def tone(self) -> str:
        """Name the colour of its badge."""
        return _TONES.get(self, "")

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens unless a person does something."""
        return self not in _UNSETTLED


_UNSETTLED: Final = {
    DisplayState.WAITING,
    DisplayState.CHARGING,
    DisplayState.PROCESSING,
    DisplayState.CHECKING,
}
_TONES: Final = {
    DisplayState.NOT_STARTED: "warn",
    DisplayState.WAITING: "info",
    DisplayState.CHARGING: "info",
    DisplayState.PROCESSING: "info",
    DisplayState.CHECKING: "warn",
    DisplayState.PAID: "good",
    DisplayState.PARTLY_REFUNDED: "info",
    DisplayState.REFUNDED: "info",
    DisplayState.DISPUTED: "warn",
    DisplayState.ON_HOLD: "warn",
    DisplayState.FAILED: "bad",
    DisplayState.SENT_BACK: "info",
}


def with_display_state(purchases: QuerySet[Purchase], *, at: datetime) -> QuerySet[Purchase]:
    """Add `display_state`, a value of `DisplayState`, to each of these purchases."""
    return purchases.annotate(display_state=_expression(at))


def standing_at(
    purchases: QuerySet[Purchase], states: list[DisplayState], *, at: datetime
) -> QuerySet[Purchase]:
    """Keep the purchases that stand at one of these."""
    found = purchases.filter(In(_expression(at), [state.value for state in states]))
    if states == [DisplayState.DISPUTED]:
        # Follows from the expression, and is what finds them among millions.
        found = found.filter(payment__in=Dispute.objects.open().values("payment"))
    return found


def maybe_paid(purchases: QuerySet[Purchase], *, at: datetime) -> QuerySet[Purchase]:
    """Keep what its buyer may have paid: a bank has the payment, or our staff look at it."""
    unpaid = purchases.exclude(status=Purchase.Status.PAID)
    return standing_at(unpaid, [DisplayState.PROCESSING, DisplayState.CHECKING], at=at)


def _expression(at: datetime) -> Case:
    status, state = Purchase.Status, DisplayState
    # What Stripe said of it that waits for staff: nobody is told then that they were not charged.
    said = StripeEvent.objects.filter(purchase=OuterRef("pk"))
    set_aside = Exists(said.filter(state=StripeEvent.State.QUARANTINED))
    decided = Subquery(
        said.filter(state=StripeEvent.State.RESOLVED)
        .order_by("-resolved_at", "-pk")
        .values("resolution")[:1]
    )
    disputed = Exists(Dispute.objects.open().filter(payment=OuterRef("payment")))
    # A top-up that failed and took money all the same, or what was paid after it was over.
    was_charged = Q(status=status.EXPIRED) | Q(
        status=status.FAILED, is_topup=True, topup__is_counted=True
    )
    has_problem = ~Q(problem="")
    paid = Case(
        _when(state.DISPUTED, disputed),
        _when(state.ON_HOLD, Q(payment__fraud_held__gt=0)),
        _when(state.PAID, Q(lot__clawback_target=0)),
        _when(state.REFUNDED, Q(lot__clawback_target=F("lot__granted"))),
        default=Value(state.PARTLY_REFUNDED.value),
    )
    return Case(
        When(status=status.PAID, then=paid),
        _when(state.CHECKING, set_aside),
        _when(state.SENT_BACK, Exact(decided, Value(StripeEvent.Resolution.REFUND.value))),
        _when(state.CLOSED, Exact(decided, Value(StripeEvent.Resolution.DISMISS.value))),
        _when(state.CHECKING, has_problem & was_charged),
        _when(state.PROCESSING, Q(status=status.PROCESSING)),
        _when(state.EXPIRED, Q(status=status.EXPIRED)),
        _when(state.FAILED, Q(status=status.FAILED)),
        _when(state.CHECKING, has_problem & Q(stripe_session_id__isnull=False)),
        _when(state.WAITING, Q(status=status.OPEN)),
        _when(state.CHARGING, Q(is_topup=True)),
        _when(state.NOT_STARTED, Q(session_expires_at__gt=at)),
        default=Value(state.EXPIRED.value),
        output_field=models.CharField(),
    )


def _when(state: DisplayState, condition: Q | Exists | Exact) -> When:
    return When(condition, then=Value(state.value))
