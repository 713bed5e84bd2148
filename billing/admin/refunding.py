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
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money, refunds
from billing.admin import notes
from billing.models import Dispute, Purchase, Refund
from billing.stripe_gateway import GatewayError
from billing.users import permissions
from credits.admin import columns
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.admin.links import object_link, object_url

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

# What a link says for all that is left.
ALL = "all"
CONFIRMATION = "admin/billing/purchase/refund_confirmation.html"


class RefundForm(ReasonForm):
    """An amount in the currency's major unit, such as 9.99, and why."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"))
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
        self.fields["reason"].help_text = _(
            "For your colleagues. Kept with the refund, with your name."
        )
        self.order_fields(["amount", "reason", "nonce"])

    @property
    def unit_amount(self) -> int:
        """What was typed, in the currency's smallest unit."""
        amount: Decimal = self.cleaned_data["amount"]
        return int(amount.scaleb(money.decimals(self.currency)))


class RefundPage(DecisionPage):
    name = "refund"
    permission = permissions.ISSUE_REFUND
    title = gettext_lazy("Refund")
    button = gettext_lazy("Continue")
    template = "admin/billing/decide.html"

    def __init__(self, model_admin: "ModelAdmin", request: HttpRequest, row: Purchase) -> None:
        super().__init__(model_admin, request, row)
        self.left = refunds.refundable(row)
        self.is_known = Refund.objects.filter(uuid=_nonce(request)).exists()

    @classmethod
    def rows(cls, model_admin: "ModelAdmin", request: HttpRequest) -> QuerySet[Purchase]:
        return Purchase.objects.select_related("account__user", "plan", "payment", "lot")

    def impediment(self) -> str:
        return "" if self.is_known else why_not(self.row)

    def form(self) -> RefundForm:
        # A confirmation sent twice finds less left than the first one did; the verb knows it again.
        received = self.row.payment.amount_received if self.row.payment else 0
        most = received if self.is_known else self.left
        currency = self.row.currency
        data = self.request.POST or _filled_in(self.request, left=self.left, currency=currency)
        return RefundForm(data, currency=currency, left=most)

    def facts(self) -> list[tuple[str, str]]:
        return _facts(self.row, self.left)

    def is_sure(self, form: Any) -> bool:
        return bool(form.cleaned_data["nonce"])

    def ask(self, form: Any) -> TemplateResponse:
        """Preview the refund, and hand out the number that makes it happen once."""
        preview = refunds.preview(purchase=self.row, unit_amount=form.unit_amount)
        form.data = {**dict(form.data.items()), "nonce": str(uuid4())}
        return self.show(
            form,
            template=CONFIRMATION,
            preview=preview,
            shown_amount=money.format_money(form.unit_amount, self.row.currency),
            shown_tax=_shown_tax(self.row, form.unit_amount),
            reason=form.cleaned_data["reason"],
            holder=columns.holder(self.row.account),
            again=self.request.path,
        )

    def decide(self, form: RefundForm) -> Done:
        """Refund once."""
        try:
            refund = refunds.request(
                purchase=self.row,
                unit_amount=form.unit_amount,
                reason=form.cleaned_data["reason"],
                requested_by=self.user,
                nonce=form.cleaned_data["nonce"],
            )
        except refunds.NothingToRefund as error:
            message = _("Nothing was refunded: no money of this purchase is left.")
            raise Refused(message) from error
        except refunds.PaymentDisputed as error:
            raise Refused(_held(error.dispute)) from error
        except refunds.RefundTooLarge as error:
            left = money.format_money(error.refundable, self.row.currency)
            message = _("Nothing was refunded: only %(left)s is left.") % {"left": left}
            raise Refused(message, field="amount") from error
        except refunds.RefundConflict as error:
            message = _("This page was used for another refund before. Start again.")
            raise Refused(message) from error
        return outcome(refund)


def why_not(purchase: Purchase) -> SafeString | str:
    """Say why nothing of a purchase can be refunded now, or nothing."""
    payment = purchase.payment
    if payment is None:
        return _("Nothing was paid for this purchase.")
    if dispute := refunds.holding(payment):
        return _held(dispute)
    if not refunds.refundable(purchase):
        return _("There is nothing to refund: all of the money has gone back, or is on its way.")
    return ""


def _held(dispute: Dispute) -> SafeString:
    """Say that the money is at a bank, and lead to the dispute."""
    link = object_link(dispute, _("dispute"))
    if dispute.is_open:
        text = _("The bank holds this money until it has decided on the {}. It cannot be refunded.")
        return format_html(text, link)
    return format_html(_("The bank gave this money back to the buyer: see the {}."), link)


def resolve(model_admin: "ModelAdmin", request: HttpRequest, *, refund_id: int) -> HttpResponse:
    """
    Ask Stripe what became of a refund whose answer never came.

    :raises PermissionDenied: if the person may not refund
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    refund = get_object_or_404(Refund.objects.select_related("payment"), pk=refund_id)
    try:
        refund = refunds.resolve(refund, by=request.user)
    except GatewayError as error:
        messages.error(request, _("Stripe did not tell. It said: %s") % error)
    else:
        done = outcome(refund)
        messages.add_message(request, done.level, done.message)
        model_admin.log_change(request, refund, done.note)
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
        *_taxes(purchase),
        (_("Not refunded yet"), money.format_money(left, purchase.currency)),
    ]
    if lot:
        facts += [
            (_("Credits granted"), money.format_number(lot.granted)),
            (_("Credits spent"), money.format_number(lot.spent)),
            (_("Credits left"), money.format_number(lot.remaining)),
        ]
    return facts


def _taxes(purchase: Purchase) -> list[tuple[str, str]]:
    """Say what was paid without tax, and what was tax, where any was."""
    if not purchase.amount_tax or purchase.amount_net is None:
        return []
    return [
        (_("Net"), money.format_money(purchase.amount_net, purchase.currency)),
        (_("Tax"), money.format_money(purchase.amount_tax, purchase.currency)),
    ]


def _shown_tax(purchase: Purchase, unit_amount: int) -> str:
    """Write how much of what goes back is tax, where any is."""
    tax = purchase.tax_in(unit_amount)
    return money.format_money(tax, purchase.currency) if tax else ""


def outcome(refund: Refund) -> Done:
    """Say in plain words how it ended."""
    amount = {"amount": money.format_money(refund.unit_amount, refund.currency)}
    if refund.status == Refund.Status.SUCCEEDED:
        level, message = messages.SUCCESS, _("%(amount)s was refunded.") % amount
    elif refund.status == Refund.Status.PENDING:
        level = messages.SUCCESS
        message = _("Stripe took the refund of %(amount)s and is still working on it.") % amount
    elif refund.status == Refund.Status.REQUESTED:
        level = messages.WARNING
        message = (
            _(
                "Stripe did not answer, so the refund of %(amount)s may or may not have been made. "
                "It counts as made until Stripe tells. Do not refund again."
            )
            % amount
        )
    else:
        level = messages.ERROR
        why = {"why": refund.why or refund.get_status_display()}
        message = _(
            "%(amount)s was not refunded, and no credits were taken. Stripe says: %(why)s"
        ) % {**amount, **why}
    return Done(message, note=_logged(refund), level=level)


def _logged(refund: Refund) -> str:
    shown = money.format_money(refund.unit_amount, refund.currency)
    done = notes.code("refund_of", id=refund.uuid, amount=shown)
    return notes.because(refund.reason, done, notes.code(f"refund_{refund.status}"))
