"""A voucher's code becomes credits."""

import math
from datetime import UTC
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from billing import money, vouchers
from billing.users import EmailNotVerified, note_language
from billing.views import client
from billing.views.access import ask_for_proof
from billing.views.forms import RedeemForm
from billing.views.pages import SeeOther, person


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def redeem(request: HttpRequest) -> HttpResponseBase:
    note_language(request)
    form = RedeemForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, form, status=400 if form.is_bound else 200)
    try:
        redemption = vouchers.redeem(
            user=person(request),
            code=form.cleaned_data["code"],
            address=client.address(request),
        )
    except EmailNotVerified as error:
        return ask_for_proof(request, email=error.email)
    except vouchers.TooManyAttempts as error:
        response = _page(request, form, status=429, retry_at=error.retry_at)
        seconds = math.ceil((error.retry_at - timezone.now()).total_seconds())
        response["Retry-After"] = str(max(1, seconds))
        return response
    except vouchers.AlreadyRedeemed as error:
        return _page(request, form, status=400, redemption=error.redemption)
    except vouchers.CannotRedeem:
        return _page(request, form, status=400, refused=True)
    messages.success(
        request,
        _("%(credits)s credits were added: %(name)s.")
        % {
            "credits": money.format_number(redemption.lot.granted),
            "name": redemption.batch.name,
        },
    )
    return SeeOther(reverse("billing:overview"))


def _page(request: HttpRequest, form: RedeemForm, *, status: int, **context: Any) -> HttpResponse:
    with timezone.override(UTC):
        return render(request, "billing/redeem.html", {"form": form, **context}, status=status)
