"""What the site would do with an event that was set aside, and why. A person decides."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Purchase, StripeEvent
from billing.stripe_gateway.objects import CheckoutSession

Resolution = StripeEvent.Resolution

_LABELS: Final = {
    Resolution.GRANT: gettext_lazy("Grant the credits"),
    Resolution.REFUND: gettext_lazy("Send all the money back"),
    Resolution.DISMISS: gettext_lazy("Dismiss: nothing is to be done"),
}


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One of the decisions, or none where nothing can be said yet, and why in a sentence or two."""

    resolution: Resolution | None
    why: str

    @property
    def label(self) -> str:
        """Say what to do."""
        return str(_LABELS[self.resolution]) if self.resolution else ""


def advise(
    *,
    session: CheckoutSession | None,
    purchase: Purchase | None,
    why_not_grant: str,
    money_left: int,
    is_silent: bool = False,
) -> Advice:
    """
    Weigh what Stripe says now against what was promised.

    :param session: as Stripe shows it now; None where the event tells of none
    :param why_not_grant: why nobody may grant for it, or nothing
    :param money_left: of the payment that the event names, in its currency's smallest unit
    :param is_silent: Stripe was asked, and did not answer
    """
    if is_silent:
        return Advice(resolution=None, why=_("Stripe does not answer now. Come back when it does."))
    if session is None or purchase is None:
        return Advice(
            resolution=Resolution.DISMISS,
            why=_(
                "The event tells of no purchase that could be granted. Compare the payment with"
                " the one at Stripe; what is right there needs no decision here."
            ),
        )
    if purchase.is_paid:
        return _of_paid(purchase, session, money_left=money_left)
    return _of_unpaid(purchase, session, why_not_grant=why_not_grant, money_left=money_left)


def _of_paid(purchase: Purchase, session: CheckoutSession, *, money_left: int) -> Advice:
    """Tell a second payment from the one that the credits are paid by."""
    own = purchase.payment.stripe_payment_intent_id if purchase.payment else None
    is_second = session.payment_intent_id not in {None, own}
    if is_second and money_left:
        return Advice(
            resolution=Resolution.REFUND,
            why=_("The buyer has the credits already, and this is a second payment for them."),
        )
    return Advice(
        resolution=Resolution.DISMISS,
        why=_("The buyer has the credits, and no money is here beyond what paid for them."),
    )


def _of_unpaid(
    purchase: Purchase, session: CheckoutSession, *, why_not_grant: str, money_left: int
) -> Advice:
    if not session.is_settled:
        return Advice(
            resolution=Resolution.DISMISS,
            why=_("Nothing was paid, so there is nothing to grant and nothing to send back."),
        )
    if why_not_grant:
        return _send_back(money_left, _("Nobody may grant the credits, and the money is here."))
    if _paid(session, purchase) >= purchase.amount_subtotal:
        return Advice(
            resolution=Resolution.GRANT,
            why=_("The buyer has paid at least what the credits were to cost, and has none yet."),
        )
    return _send_back(money_left, _("The buyer has paid less than what the credits were to cost."))


def _send_back(money_left: int, why: str) -> Advice:
    if money_left:
        return Advice(resolution=Resolution.REFUND, why=why)
    return Advice(
        resolution=Resolution.DISMISS,
        why=_("The credits cannot be granted, and all of the money has gone back."),
    )


def _paid(session: CheckoutSession, purchase: Purchase) -> int:
    """Count what was paid, and what a promotion code that the plan takes was worth."""
    allowed = session.amount_discount if purchase.allow_promotion_codes else 0
    return session.amount_total + allowed
