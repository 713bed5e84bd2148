"""The way to Stripe's customer portal: cards, address and invoices."""

import logging

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import conf, stripe_gateway
from billing.users import customers
from billing.views.pages import SeeOther, person
from billing.views.top_up import form_only

log = logging.getLogger(__name__)

# Languages that Stripe's pages have (API reference, `locale` of a Checkout Session): those that
# Django calls the same, and the others by Django's names.
ALIKE = {
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "nb", "nl", "pl", "ro", "ru", "sk", "sl", "sv", "th",
    "tr", "vi",
}  # fmt: skip
OTHERS = {"en-gb": "en-GB", "pt-br": "pt-BR", "zh-hans": "zh", "zh-hant": "zh-TW"}


@form_only
def portal(request: HttpRequest) -> HttpResponseBase:
    """
    Open the portal for whoever asks, and lead there.

    A customer that Stripe has no more is made anew, once.
    """
    user = person(request)
    try:
        customer_id = customers.id_for(user)
        try:
            return SeeOther(_open(customer_id))
        except stripe_gateway.GatewayRefused as error:
            if error.param != "customer":
                raise
            customers.mark_missing(customer_id)
            return SeeOther(_open(customers.id_for(user)))
    except stripe_gateway.GatewayError as error:
        log.warning("portal_not_opened", extra={"error": str(error)})
        messages.error(request, _("Stripe's page cannot be opened right now. Try again later."))
        return SeeOther(reverse("billing:purchases"))


def _open(customer_id: str) -> str:
    language = (get_language() or "").lower()
    return stripe_gateway.create_portal_session(
        customer_id=customer_id,
        return_url=conf.site_url() + reverse("billing:purchases"),
        locale=language if language in ALIKE else OTHERS.get(language, "auto"),
    )
