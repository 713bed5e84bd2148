"""Where Stripe's Dashboard shows our rows, in test mode or live; or where the sandbox does."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing import conf
from billing.models import Dispute, Payment

DASHBOARD = "https://dashboard.stripe.com"


def payment_url(payment: Payment) -> str:
    payment_intent = payment.stripe_payment_intent_id
    if conf.api_base():
        return f"{conf.api_base()}/payments/{payment_intent}"
    return f"{_dashboard(payment)}/payments/{payment_intent}"


def dispute_url(dispute: Dispute) -> str:
    """Give the page on which a dispute is answered; the sandbox has it on the payment's."""
    if conf.api_base():
        return payment_url(dispute.payment)
    return f"{_dashboard(dispute.payment)}/disputes/{dispute.stripe_dispute_id}"


def answer_link(dispute: Dispute) -> SafeString | str:
    """Lead to where the bank is answered; a dash where there is nothing to answer."""
    if not dispute.is_to_be_answered:
        return "-"
    url = dispute_url(dispute)
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, _("Answer at Stripe"))


def _dashboard(payment: Payment) -> str:
    return DASHBOARD if payment.livemode else f"{DASHBOARD}/test"
