"""
The refund of a purchase: a form, a page that says what it will do, and one call of the verb.

The second page carries a number used once, so that a double click refunds once, and going back
for another amount is another refund.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money, refunds
from billing.models import Purchase, Refund
from billing.stripe_gateway import GatewayError
from credits.admin import columns
from credits.admin.links import object_url

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

FORM = "admin/billing/purchase/refund.html"
# What a link says for all that is left.
ALL = "all"
CONFIRMATION = "admin/billing/purchase/refund_confirmation.html"


class RefundForm(forms.Form):
    """An amount in the currency's major unit, such as 9.99, and why."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy("For your colleagues. Kept with the refund, with your name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, currency: str, left: int) -> None:
        places = money.decimals(currency)
        most = money.to_decimal(left, currency)
        super().__init__(data, initial={"amount": f"{most:f}"})
        self.currency = currency
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount in %(currency)s") % {"currency": currency.upper()},
            min_value=Decimal(1).scaleb(-places),
            max_value=most,
            decimal_places=places,
            help_text=_("At most %(most)s, which is all that is left.")
            % {"most": money.format_money(left, currency)},
        )
        self.order_fields(["amount", "reason", "nonce"])

    @property
    def unit_amount(self) -> int:
        """What was typed, in the currency's smallest unit."""
        amount: Decimal = self.cleaned_data["amount"]
        return int(amount.scaleb(money.decimals(self.currency)))


def refundable(purchase: Purchase) -> int:
    return refunds.refundable(purchase)


def page(model_admin: "ModelAdmin", request: HttpRequest, *, purchase_id: int) -> HttpResponse:
    """
    Ask how much and why, then show what it will do, then do it.

    :raises PermissionDenied: if the person may not refund
    """
    user = request.user
    if not isinstance(user, User) or not user.has_perm("billing.issue_refund"):
        raise PermissionDenied
    related = ("account__user", "plan", "payment", "lot")
    purchase = get_object_or_404(Purchase.objects.select_related(*related), pk=purchase_id)
    back = HttpResponseRedirect(object_url(purchase))
    nonce_known = Refund.objects.filter(uuid=_nonce(request)).exists()
    left = refunds.refundable(purchase)
    if not left and not nonce_known:
        messages.info(request, _("There is nothing to refund: no money of this purchase is left."))
        return back
    # A confirmation sent twice finds less left than the first one did; the verb knows it again.
    received = purchase.payment.amount_received if purchase.payment else 0
    most = received if nonce_known else left
    data = request.POST or _filled_in(request, left=left, currency=purchase.currency)
    form = RefundForm(data, currency=purchase.currency, left=most)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Refund"),
        "subtitle": str(purchase),
        "opts": model_admin.opts,
        "purchase": purchase,
        "form": form,
    }
    if not form.is_valid():
        return TemplateResponse(request, FORM, context | {"facts": _facts(purchase, left)})
    if not form.cleaned_data["nonce"]:
        return TemplateResponse(request, CONFIRMATION, context | _consequences(purchase, form))
    if refund := _request(request, user, purchase, form):
        model_admin.log_change(request, purchase, _logged(refund))
        return back
    return TemplateResponse(request, FORM, context | {"facts": _facts(purchase, left)})


def resolve(model_admin: "ModelAdmin", request: HttpRequest, *, refund_id: int) -> HttpResponse:
    """
    Ask Stripe what became of a refund whose answer never came.

    :raises PermissionDenied: if the person may not refund
    """
    if not request.user.has_perm("billing.issue_refund"):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    refund = get_object_or_404(Refund.objects.select_related("payment"), pk=refund_id)
    try:
        refund = refunds.resolve(refund)
    except GatewayError as error:
        messages.error(request, _("Stripe did not tell. It said: %s") % error)
    else:
        report(request, refund)
        model_admin.log_change(request, refund, _logged(refund))
    return HttpResponseRedirect(object_url(refund))


def _filled_in(request: HttpRequest, *, left: int, currency: str) -> QueryDict | None:
    """Take what a link fills in: never the number that makes it happen."""
    if "amount" not in request.GET:
        return None
    filled = request.GET.copy()
    filled.pop("nonce", None)
    if filled["amount"] == ALL:
        filled["amount"] = f"{money.to_decimal(left, currency):f}"
    return filled


def _nonce(request: HttpRequest) -> Any:
    field = forms.UUIDField(required=False)
    try:
        return field.clean(request.POST.get("nonce"))
    except forms.ValidationError:
        return None


def _facts(purchase: Purchase, left: int) -> list[tuple[str, str]]:
    """Say what somebody needs to know before they choose an amount."""
    lot, paid = purchase.lot, purchase.payment.amount_received if purchase.payment else 0
    facts = [
        (_("Bought"), str(purchase.plan)),
        (_("By"), columns.holder(purchase.account)),
        (_("Paid"), money.format_money(paid, purchase.currency)),
        (_("Still here"), money.format_money(left, purchase.currency)),
    ]
    if lot:
        facts += [
            (_("Credits granted"), money.format_number(lot.granted)),
            (_("Credits spent"), money.format_number(lot.spent)),
            (_("Credits left"), money.format_number(lot.remaining)),
        ]
    return facts


def _consequences(purchase: Purchase, form: RefundForm) -> dict[str, Any]:
    """Preview the refund, and hand out the number that makes it happen once."""
    preview = refunds.preview(purchase=purchase, unit_amount=form.unit_amount)
    form.data = {**dict(form.data.items()), "nonce": str(uuid4())}
    return {
        "preview": preview,
        "shown_amount": money.format_money(form.unit_amount, purchase.currency),
        "reason": form.cleaned_data["reason"],
        "holder": columns.holder(purchase.account),
    }


def _request(
    request: HttpRequest, user: User, purchase: Purchase, form: RefundForm
) -> Refund | None:
    try:
        refund = refunds.request(
            purchase=purchase,
            unit_amount=form.unit_amount,
            reason=form.cleaned_data["reason"],
            requested_by=user,
            nonce=form.cleaned_data["nonce"],
        )
    except refunds.NothingToRefund:
        form.add_error(None, _("Nothing was refunded: no money of this purchase is left."))
    except refunds.RefundTooLarge as error:
        left = money.format_money(error.refundable, purchase.currency)
        form.add_error("amount", _("Nothing was refunded: only %(left)s is left.") % {"left": left})
    except refunds.RefundConflict:
        form.add_error(None, _("This page was used for another refund before. Start again."))
    else:
        report(request, refund)
        return refund
    return None


def report(request: HttpRequest, refund: Refund) -> None:
    """Say in plain words how it ended."""
    words = {"amount": money.format_money(refund.unit_amount, refund.currency)}
    if refund.status == Refund.Status.SUCCEEDED:
        messages.success(request, _("%(amount)s was refunded.") % words)
    elif refund.status == Refund.Status.PENDING:
        messages.success(
            request, _("Stripe took the refund of %(amount)s and is still working on it.") % words
        )
    elif refund.status == Refund.Status.REQUESTED:
        messages.warning(
            request,
            _(
                "Stripe did not answer, so the refund of %(amount)s may or may not have been made. "
                "It counts as made until Stripe tells. Do not refund again."
            )
            % words,
        )
    else:
        words["why"] = refund.failure_reason or refund.get_status_display()
        messages.error(
            request,
            _("%(amount)s was not refunded, and no credits were taken. Stripe says: %(why)s")
            % words,
        )


def _logged(refund: Refund) -> str:
    shown = money.format_money(refund.unit_amount, refund.currency)
    return f"Refund {refund.uuid}: {shown}, {refund.status}. {refund.reason}"
