"""Purchases of the person who is signed in. Everybody else's are not found."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from billing import caching, fulfilment, invoices
from billing.models import DisplayState, Purchase
from billing.models.display_states import with_display_state
from billing.stripe_gateway import GatewayError
from billing.views import lot_account, next_page, paging
from billing.views.forms import BuyForm
from billing.views.monthly_statement import price_paid
from billing.views.pages import person, private_page
from credits import ledger

log = logging.getLogger(__name__)

# Seconds between two questions to Stripe about one purchase, however many tabs are open.
ASK_EVERY = 5
# Pages that reload themselves where there is no JavaScript: about a minute's worth.
RELOADS = 12


@private_page
def purchases(request: HttpRequest) -> HttpResponse:
    mine = _mine(request).order_by("-created_at", "-id")
    before = request.GET.get("before")
    if before:
        last = get_object_or_404(mine, uuid=_uuid(before))
        mine = mine.filter(created_at__lte=last.created_at).filter(
            Q(created_at__lt=last.created_at) | Q(id__lt=last.pk)
        )
    page = paging.page(mine, is_first=not before, cursor=lambda row: str(row.uuid))
    rows = [(row, _where(row), price_paid(row)) for row in page.rows]
    return render(request, "billing/purchases.html", {"page": page, "rows": rows})


@private_page
def purchase(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = get_object_or_404(_mine(request), uuid=uuid)
    now = timezone.now()
    row, stripe_is_silent = _asked(row, request)
    where = _where(row)
    reloads = _reloads(request)
    returned = request.GET.get("returned", "")  # no more than what the page says depends on it
    waits = where == DisplayState.WAITING and returned == "paid"
    return render(
        request,
        "billing/purchase.html",
        {
            "purchase": row,
            "display_state": where.value,
            "badge": where,
            "returned": returned,
            "stripe_is_silent": stripe_is_silent,
            "left": row.credits_left(at=now),
            "balance": ledger.balance(row.account, now),
            # After discounts, before what went back.
            "paid": price_paid(row),
            "waits": waits,
            "next_url": next_page.checked(request, row.next_url),
            "reload": reloads + 1 if waits and reloads < RELOADS else None,
            "gave_up": waits and reloads >= RELOADS,
            "retry": BuyForm.again(row),
            "again": BuyForm.again(row, form_token=uuid4()),
            "parts": _parts(row, at=now),
            "refunds": list(row.payment.refunds.all()) if row.payment else [],
            "disputes": [
                dispute
                for dispute in (row.payment.disputes.all() if row.payment else ())
                if dispute.state.holds_money
            ],
        },
    )


@private_page
def invoice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send the buyer to their invoice at Stripe, by an address that is good now."""
    row = get_object_or_404(_mine(request), uuid=uuid)
    found = invoices.current(row)
    address = found and (found.invoice_pdf if "pdf" in request.GET else found.page)
    if not found or not address or not found.is_to_be_shown:
        raise Http404
    return HttpResponseRedirect(address)


@private_page
def purchase_status(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = get_object_or_404(_mine(request), uuid=uuid)
    now = timezone.now()
    row, _silent = _asked(row, request)
    return JsonResponse(
        {
            "status": row.status,
            "settled": _where(row).is_settled,
            # What can still be spent of this purchase's, after uses, refunds and expiry.
            "credits": row.credits_left(at=now),
            "balance": ledger.balance(row.account, now),
        }
    )


def _mine(request: HttpRequest) -> QuerySet[Purchase]:
    mine = (
        Purchase.objects.of(person(request).pk)
        .select_related("account", "plan", "payment", "lot", "topup", "invoice")
        .prefetch_related("payment__refunds", "payment__disputes")
    )
    return with_display_state(mine, at=timezone.now())


def _parts(row: Purchase, *, at: datetime) -> Sequence[lot_account.Part]:
    return lot_account.parts(row.lot, at=at, on_hold=row.credits_on_hold) if row.lot else ()


def _where(row: Any) -> DisplayState:
    return DisplayState(row.display_state)


def _asked(row: Purchase, request: HttpRequest) -> tuple[Purchase, bool]:
    """Ask Stripe about a purchase that is not settled; and say whether Stripe did not answer."""
    if _where(row).is_settled or not row.stripe_session_id:
        return row, False
    if not caching.is_first(f"purchase-asked:{row.uuid}", seconds=ASK_EVERY):
        return row, False
    try:
        fulfilment.refresh(row)
    except GatewayError as error:
        log.warning(
            "purchase_not_refreshed", extra={"purchase": str(row.uuid), "error": str(error)}
        )
        return row, True
    return _mine(request).get(pk=row.pk), False


def _reloads(request: HttpRequest) -> int:
    tried = request.GET.get("tried", "0")
    return min(int(tried), RELOADS) if tried.isascii() and tried.isdigit() else 0


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
