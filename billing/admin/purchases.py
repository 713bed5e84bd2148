"""What people bought, and the way from there to the credits and to the money."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from billing import invoices, money, refunds
from billing.admin import exports, month_end, refunding, search
from billing.admin.links import ByShortNumber
from billing.admin.readonly import ReadOnlyAdmin
from billing.admin.refunding import RefundPage
from billing.admin.states import StateFilter, badge
from billing.models import DisplayState, Dispute, Purchase, Refund, StripeEvent
from billing.models.display_states import with_display_state
from billing.settlement import settling
from billing.settlement.entitlement import Movements
from billing.staff_site import overview
from credits.admin.columns import AccountColumn, clipped
from credits.admin.links import OfAccount, list_link, object_url
from credits.admin.searching import by_number, by_prefix, by_uuid


@admin.register(Purchase)
class PurchaseAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.purchases)
    list_display = (
        "short_id",
        "account_link",
        "plan_name",
        "price",
        "money_back",
        "state",
        "created_at",
    )
    list_filter = (StateFilter, "is_topup", "plan", "livemode", "created_at", OfAccount)
    finders = (
        by_uuid("uuid"),
        ByShortNumber("uuid"),
        by_number("pk"),
        by_prefix("cs_", "stripe_session_id"),
        by_prefix("in_", "invoice__stripe_invoice_id"),
        by_prefix("pi_", "payment__stripe_payment_intent_id"),
        by_prefix("ch_|py_", "payment__stripe_charge_id"),
        by_prefix("re_|pyr_", "payment__refunds__stripe_refund_id"),
        by_prefix("du_|dp_", "payment__disputes__stripe_dispute_id"),
    )
    account_path = "account"
    search_help_text = _(
        "An id, ours or Stripe's (cs_…, in_…, pi_…, ch_…, re_…, du_…), or the start of an e-mail "
        "address."
    )
    fieldsets = (
        (None, {"fields": ("uuid", "account_link", "state", "why", "more")}),
        (
            _("What was promised"),
            {
                "fields": (
                    "plan",
                    "quantity",
                    "price",
                    "offer",
                    "credits",
                    "valid_for_days",
                    "allow_promotion_codes",
                    "tax_promised",
                )
            },
        ),
        (
            _("What came of it"),
            {
                "fields": (
                    "lot",
                    "lot_left",
                    "payment",
                    "discount",
                    "net",
                    "tax",
                    "received",
                    "money_back",
                    "refundable",
                    "invoice_links",
                )
            },
        ),
        (
            _("At Stripe"),
            {"fields": ("stripe_session_id", "is_topup", "livemode", "session_expires_at")},
        ),
        (_("Times"), {"fields": ("created_at", "opened_at", "paid_at", "closed_at")}),
    )
    readonly_fields = (
        "account_link",
        "why",
        "state",
        "money_back",
        "price",
        "offer",
        "tax_promised",
        "lot_left",
        "discount",
        "net",
        "tax",
        "received",
        "refundable",
        "invoice_links",
        "more",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purchase]:
        related = ("account__user", "plan", "payment", "lot", "invoice")
        purchases = super().get_queryset(request).select_related(*related)
        return with_display_state(purchases, at=timezone.now())

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Ask once for what went back of all that is listed."""
        listed = super().get_changelist_instance(request)
        movements = settling.movements_of_each(row.payment_id for row in listed.result_list)
        for row in listed.result_list:
            row.movements = movements.get(row.payment_id)
        return listed

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        why_not = refunding.why_not(found) if found else ""
        context = {**(extra_context or {}), "why_no_refund": why_not}
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        overview = self.admin_site.admin_view(self.overview)
        invoice = self.admin_site.admin_view(self.invoice)
        ours = [
            path("overview/", overview, name="billing_overview"),
            path("<int:purchase_id>/invoice/", invoice, name="billing_invoice"),
            RefundPage.url(self),
            month_end.url(self.admin_site),
            search.url(self.admin_site),
        ]
        return ours + super().get_urls()

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show what needs a person and the figures, each to those who may see it."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Overview"),
            "opts": self.opts,
            "overview": overview.for_staff(request.user, request.GET.get("period")),
        }
        return TemplateResponse(request, "admin/billing/overview.html", context)

    @admin.display(description=_("purchase"))
    def short_id(self, purchase: Purchase) -> str:
        return purchase.short_number

    @admin.display(description=_("plan"))
    def plan_name(self, purchase: Purchase) -> str:
        return clipped(purchase.plan, text=True)

    @admin.display(description=_("state"))
    def state(self, purchase: Any) -> SafeString:
        return badge(DisplayState(purchase.display_state))

    @admin.display(description=_("went back"))
    def money_back(self, purchase: Any) -> SafeString | str:
        """Write what was refunded, and what a bank holds or has given back."""
        movements = self._movements(purchase)
        if movements is None:
            return "-"
        sums = ((_("Refunded: %s"), movements.refunded), (_("Disputed: %s"), movements.withdrawn))
        written = [
            text % money.format_money(unit_amount, purchase.currency)
            for text, unit_amount in sums
            if unit_amount > 0
        ]
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in written)) or "-"

    def _movements(self, purchase: Any) -> Movements | None:
        """Take what the list has asked for, or ask for this one."""
        if hasattr(purchase, "movements") or not purchase.payment:
            return getattr(purchase, "movements", None)
        return settling.movements_of(purchase.payment)

    @admin.display(description=_("price"))
    def price(self, purchase: Purchase) -> str:
        return money.format_money(purchase.amount_subtotal, purchase.currency)

    @admin.display(description=_("problem"))
    def why(self, purchase: Purchase) -> str:
        return purchase.why or "-"

    @admin.display(description=_("offer"))
    def offer(self, purchase: Purchase) -> str:
        """Write the terms at the click, and between which amounts the buyer could choose."""
        offer = {
            "credits": money.format_number(purchase.offered_credits),
            "price": money.format_money(purchase.offered_amount, purchase.currency),
        }
        if purchase.amount_minimum is None or purchase.amount_maximum is None:
            return _("%(credits)s credits for %(price)s") % offer
        for name, limit in (("least", purchase.amount_minimum), ("most", purchase.amount_maximum)):
            offer[name] = money.format_money(limit, purchase.currency)
        return _("%(credits)s credits for %(price)s, any amount from %(least)s to %(most)s") % offer

    @admin.display(description=_("credits of it left"))
    def lot_left(self, purchase: Purchase) -> str:
        lot = purchase.lot
        return (
            "-"
            if lot is None
            else _("%(left)s of %(granted)s; %(spent)s spent")
            % {
                "left": money.format_number(purchase.credits_left(at=timezone.now())),
                "granted": money.format_number(lot.granted),
                "spent": money.format_number(lot.spent),
            }
        )

    @admin.display(description=_("tax"))
    def tax_promised(self, purchase: Purchase) -> str:
        """Say what Stripe's page was asked to do about tax."""
        if purchase.managed_payments:
            return str(_("Managed Payments: Stripe sees to it"))
        return str(purchase.get_tax_behavior_display() if purchase.automatic_tax else _("none"))

    @admin.display(description=_("discount"))
    def discount(self, purchase: Purchase) -> str:
        return _amount(purchase, purchase.amount_discount)

    @admin.display(description=_("net"))
    def net(self, purchase: Purchase) -> str:
        return _amount(purchase, purchase.amount_net)

    @admin.display(description=_("tax"))
    def tax(self, purchase: Purchase) -> str:
        return _amount(purchase, purchase.amount_tax)

    @admin.display(description=_("invoice"))
    def invoice_links(self, purchase: Purchase) -> SafeString | str:
        """Link to its page and its PDF, through the address that asks Stripe for good ones."""
        invoice = getattr(purchase, "invoice", None)
        if invoice is None:
            return "-"
        url = reverse("admin:billing_invoice", args=[purchase.pk])
        return format_html(
            '<a href="{}">{}</a> · <a href="{}?pdf">{}</a> · {}',
            url,
            invoice,
            url,
            _("PDF"),
            invoice.get_status_display(),
        )

    def invoice(self, request: HttpRequest, purchase_id: int) -> HttpResponse:
        """Send staff to an invoice at Stripe, by an address that is good now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        purchase = get_object_or_404(Purchase, pk=purchase_id)
        invoice = invoices.current(purchase)
        address = invoice and (invoice.invoice_pdf if "pdf" in request.GET else invoice.page)
        if not address:
            messages.warning(request, _("Stripe has not told where this invoice is."))
            return HttpResponseRedirect(object_url(purchase))
        return HttpResponseRedirect(address)

    @admin.display(description=_("received"))
    def received(self, purchase: Purchase) -> str:
        payment = purchase.payment
        if payment is None or not payment.currency:
            return "-"
        return money.format_money(payment.amount_received, payment.currency)

    @admin.display(description=_("can be refunded"))
    def refundable(self, purchase: Purchase) -> SafeString | str:
        left = refunds.refundable(purchase)
        why_not = refunding.why_not(purchase)
        return why_not or money.format_money(left, purchase.currency)

    @admin.display(description=_("see also"))
    def more(self, purchase: Purchase) -> SafeString:
        links = [list_link(StripeEvent, _("Events"), purchase__id__exact=purchase.pk)]
        if purchase.payment:
            of_payment = {"payment__id__exact": purchase.payment.pk}
            links.append(list_link(Refund, _("Refunds"), **of_payment))
            links.append(list_link(Dispute, _("Disputes"), **of_payment))
        return format_html_join(" · ", "{}", ((link,) for link in links))


def _amount(purchase: Purchase, unit_amount: int | None) -> str:
    return "-" if unit_amount is None else money.format_money(unit_amount, purchase.currency)
