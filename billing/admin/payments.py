"""The money: payments, and the refunds and disputes that took some of it back."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing import money
from billing.admin import exports, refunding
from billing.admin.events import OfPayment
from billing.admin.links import ByShortNumber, purchase_link
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from billing.staff_site import stripe_pages
from credits.admin.columns import clipped
from credits.admin.links import list_link, object_link
from credits.admin.readonly import ReadOnlyInline
from credits.admin.searching import by_number, by_prefix, by_uuid

SHOWN = 12  # characters


def purchase_of(payment: Payment) -> Purchase | None:
    """Find the purchase that a payment paid for; foreign ones paid for none."""
    return getattr(payment, "purchase", None)


def short(stripe_id: str) -> str:
    """Shorten one of Stripe's ids to what tells it from the others of a page."""
    return stripe_id if len(stripe_id) <= SHOWN else f"…{stripe_id[-8:]}"


class Money:
    """Columns of a row that has a payment, an amount and a currency."""

    @admin.display(description=_("id"))
    def short_id(self, row: Refund | Dispute) -> str:
        return clipped(row)

    @admin.display(description=_("state"))
    def state_in_words(self, row: Dispute) -> str:
        return str(row.state.label)

    @admin.display(description=_("reason"))
    def reason_in_words(self, row: Dispute) -> str:
        return row.reason_in_words or "-"

    @admin.display(description=_("id"))
    def link(self, row: Refund | Dispute) -> str:
        return object_link(row)

    @admin.display(description=_("amount"))
    def money(self, row: Refund | Dispute) -> str:
        return money.format_money(row.unit_amount, row.currency)

    @admin.display(description=_("payment"))
    def payment_link(self, row: Refund | Dispute) -> str:
        return object_link(row.payment, short(row.payment.stripe_payment_intent_id))

    @admin.display(description=_("purchase"))
    def purchase_link(self, row: Refund | Dispute) -> str:
        return purchase_link(purchase_of(row.payment))


class RefundInline(Money, ReadOnlyInline):
    model = Refund
    fields = ("link", "money", "status", "reason", "requested_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("requested_by").order_by("pk")


class DisputeInline(Money, ReadOnlyInline):
    model = Dispute
    fields = ("link", "money", "state_in_words", "reason_in_words", "due_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        return super().get_queryset(request).order_by("pk")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    csv_columns = staticmethod(exports.payments)
    list_display = (
        "short_id",
        "purchase_link",
        "received",
        "refunded",
        "fraud_warned_at",
        "livemode",
        "created_at",
    )
    list_filter = ("livemode", ("fraud_warned_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("purchase",)
    finders = (
        ByShortNumber("purchase__uuid"),
        by_number("pk"),
        by_prefix("pi_", "stripe_payment_intent_id"),
        by_prefix("ch_|py_", "stripe_charge_id"),
        by_prefix("re_|pyr_", "refunds__stripe_refund_id"),
        by_prefix("du_|dp_", "disputes__stripe_dispute_id"),
        by_uuid("purchase__uuid"),
    )
    account_path = "purchase__account"
    search_help_text = _("An id of Stripe's or a purchase's, whole, or the start of an address.")
    fields = (
        "stripe_payment_intent_id",
        "stripe_charge_id",
        "purchase_link",
        "received",
        "refunded",
        "settlements",
        "fraud_warned_at",
        "livemode",
        "receipt",
        "created_at",
        "more",
    )
    readonly_fields = ("purchase_link", "received", "refunded", "receipt", "more")
    inlines = (RefundInline, DisputeInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("purchase")

    @admin.display(description=_("payment"))
    def short_id(self, payment: Payment) -> str:
        return clipped(payment)

    @admin.display(description=_("purchase"))
    def purchase_link(self, payment: Payment) -> str:
        return purchase_link(purchase_of(payment))

    @admin.display(description=_("received"))
    def received(self, payment: Payment) -> str:
        return self._money(payment, payment.amount_received)

    @admin.display(description=_("refunded, as Stripe showed it"))
    def refunded(self, payment: Payment) -> str:
        return self._money(payment, payment.max_amount_refunded)

    @admin.display(description=_("receipt"))
    def receipt(self, payment: Payment) -> str:
        if not payment.receipt_url.startswith(("https://", "http://")):
            return "-"
        return format_html(
            '<a href="{}" rel="noreferrer">{}</a>', payment.receipt_url, _("Stripe's receipt")
        )

    @admin.display(description=_("see also"))
    def more(self, payment: Payment) -> SafeString:
        links = [list_link(StripeEvent, _("Events"), payment__id__exact=payment.pk)]
        url = stripe_pages.payment_url(payment)
        links.append(format_html('<a href="{}" rel="noreferrer">Stripe</a>', url))
        return format_html_join(" · ", "{}", ((link,) for link in links))

    def _money(self, payment: Payment, unit_amount: int) -> str:
        if not payment.currency:
            return "-"
        return money.format_money(unit_amount, payment.currency)


@admin.register(Refund)
class RefundAdmin(Money, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.refunds)
    list_display = (
        "short_id",
        "purchase_link",
        "payment_link",
        "money",
        "status",
        "reason",
        "requested_by",
        "created_at",
    )
    list_filter = ("status", "created_at", OfPayment)
    list_select_related = ("payment__purchase", "requested_by")
    date_hierarchy = "created_at"
    finders = (
        ByShortNumber("payment__purchase__uuid"),
        by_number("pk"),
        by_uuid("uuid", "payment__purchase__uuid"),
        by_prefix("re_|pyr_", "stripe_refund_id"),
        by_prefix("pi_", "payment__stripe_payment_intent_id"),
    )
    account_path = "payment__purchase__account"
    search_help_text = _("An id of Stripe's or a purchase's, whole, or the start of an address.")
    fields = (
        "uuid",
        "stripe_refund_id",
        "payment",
        "purchase_link",
        "money",
        "status",
        "reason",
        "why",
        "requested_by",
        "created_at",
        "updated_at",
    )
    readonly_fields = ("money", "purchase_link", "why")

    def get_urls(self) -> list[URLPattern]:
        resolve = self.admin_site.admin_view(self.resolve)
        ours = [path("<int:refund_id>/resolve/", resolve, name="billing_refund_resolve")]
        return ours + super().get_urls()

    @admin.display(description=_("failure reason"))
    def why(self, refund: Refund) -> str:
        return refund.why or "-"

    def resolve(self, request: HttpRequest, refund_id: int) -> HttpResponse:
        return refunding.resolve(self, request, refund_id=refund_id)
