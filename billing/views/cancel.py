"""The button *Cancel this purchase*: its payment page is closed, and nothing was charged."""

import logging
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from billing.checkout import canceling
from billing.models import Purchase
from billing.stripe_gateway import GatewayError
from billing.views.pages import SeeOther, person

log = logging.getLogger(__name__)


@never_cache
@require_POST
@login_required
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = person(request)
    mine = Purchase.objects.of(user.pk).select_related("account", "plan", "payment", "lot")
    purchase = get_object_or_404(mine, uuid=uuid)
    try:
        purchase = canceling.cancel(purchase, user=user)
    except GatewayError as error:
        log.warning(
            "purchase_not_canceled", extra={"purchase": str(purchase.uuid), "error": str(error)}
        )
        messages.error(
            request,
            _("Stripe does not answer, so the purchase was not canceled. Please try again."),
        )
    else:
        if not purchase.is_over:
            messages.warning(request, _("It was too late to cancel: somebody has paid already."))
    return SeeOther(reverse("billing:purchase", args=[purchase.uuid]))
