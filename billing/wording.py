"""
Why something is as it is, kept in a row as a code and read in the reader's own language.

Events, purchases, prices, refunds and top-up rules say why they are set aside, failed, off sale.
What Stripe said is kept in Stripe's words.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.wording import Wording

WORDS: Final[Mapping[str, str | Promise]] = {
    # Events that change nothing.
    "unclaimed_payment": _("No session of this site has claimed the payment."),
    "not_from_checkout": _("The payment is not from Checkout."),
    "refund_of_nothing": _("A refund of nothing."),
    "not_our_invoice": _("Not an invoice of ours."),
    "other_invoice": _("The purchase has another invoice, %(invoice)s."),
    "not_our_session": _("Not a session of ours."),
    "not_a_topup": _("Not the PaymentIntent of an automatic top-up."),
    "not_our_topup": _("Not the PaymentIntent of an automatic top-up of this site."),
    "not_our_card": _("Not a card that is saved here."),
    "thin_event": _("A thin event: it does not say what has become of its object."),
    "unused_type": _("Nothing here depends on this type of event."),
    # Events that a person decides about.
    "malformed": _("Not as Stripe documents it: %(message)s."),
    "failed": "%(type)s: %(message)s",
    "currency_differs": _("%(payment)s is in %(found)s, its purchase in %(promised)s."),
    "known_currency": _("%(payment)s is known in %(known)s, and now in %(found)s."),
    "known_charge": _("%(payment)s was paid by charge %(known)s, and now by %(found)s."),
    "known_amount": _("%(refund)s is of %(known)s, and now of %(found)s."),
    "ended_after_grant": _("Stripe says %(status)s of a purchase whose credits were granted."),
    # A session or a PaymentIntent against its purchase.
    "differs": _("The session's %(name)s is %(found)s, the purchase's %(promised)s."),
    "not_settled": _("Stripe says that the session is %(found)s."),
    "second_session": _("A second session %(found)s names this purchase."),
    "nothing_paid": _("Nothing was to be paid, though the plan takes no promotion codes."),
    "no_payment_named": _("The session is paid, but names no payment."),
    "payment_currency": _(
        "The payment is known in %(found)s, and the purchase is in %(promised)s."
    ),
    "payment_is_used": _("The payment has already paid for another purchase: %(found)s."),
    "paid_twice": _("This purchase was paid by %(promised)s, and now by %(found)s."),
    "buyer_is_gone": _("The person who bought is no longer known here."),
    "topup_differs": _("The PaymentIntent's %(name)s is %(found)s, the purchase's %(promised)s."),
    "other_customer": _("The PaymentIntent is of customer %(found)s, who is not the buyer."),
    "granted_before": _("The credits of this purchase were granted before."),
    # Purchases and top-ups that came to nothing.
    "bank_did_not_pay": _("The bank did not pay."),
    "plan_unavailable": _("This plan is not on sale."),
    "stripe_said": "Stripe: %(message)s",
    # Prices.
    "missing_at_stripe": _("%(id)s is not at Stripe any more: nobody can buy this plan."),
    "archived_at_stripe": _("%(id)s was archived at Stripe: nobody can buy this plan."),
    "deleted_at_stripe": _("%(id)s was deleted at Stripe: nobody can buy this plan."),
    "price_not_confirmed": _("Stripe did not say whether it still has this price: %(message)s"),
    "old_price_remains": _("Stripe still shows the price that this one replaces: %(message)s"),
    # Why a bank returned a refund: https://docs.stripe.com/refunds#failed-refunds
    "charge_for_pending_refund_disputed": _("The payment was disputed while it was refunded."),
    "declined": _("The bank declined the refund."),
    "expired_or_canceled_card": _("The card has expired or was canceled."),
    "insufficient_funds": _("The balance at Stripe did not suffice."),
    "lost_or_stolen_card": _("The card was lost or stolen."),
    "merchant_request": _("It was canceled at the seller's request."),
    "unknown": _("The bank gave no reason."),
}


_wording = Wording(WORDS)
code = _wording.code
say = _wording.say
