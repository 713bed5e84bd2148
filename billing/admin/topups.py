"""Automatic top-up: whose rules are on, what they agreed to, and what was charged for it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.admin import exports, notes
from billing.admin.links import ByShortNumber, purchase_link
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Consent, SavedCard, TopUp, TopUpRule
from billing.topups import months, rules
from billing.topups.terms import RuleError
from billing.users import permissions
from credits.admin.columns import AccountColumn, holder, number
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.admin.links import OfAccount, list_link, object_link
from credits.admin.readonly import ReadOnlyInline
from credits.admin.searching import by_number, by_prefix, by_uuid


class SwitchOffPage(DecisionPage):
    name = "switch-off"
    permission = permissions.SWITCH_OFF_TOPUP
    title = gettext_lazy("Switch automatic top-up off")
    button = gettext_lazy("Switch off")
    template = "admin/billing/decide.html"

    def impediment(self) -> str:
        return "" if self.row.is_on else _("It is off already.")

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("Customer"), holder(self.row.account)),
            (_("Below"), number(self.row.threshold)),
            (_("Buys"), price_of(self.row)),
            (_("This month"), month_of(self.row)),
        ]

    def consequences(self) -> list[str]:
        return [
            _("Nothing is charged by it any more; what was charged stays."),
            _("The customer is mailed, and can switch it on again."),
        ]

    def decide(self, form: ReasonForm) -> Done:
        """Switch it off for the reason that the form says."""
        reason = form.cleaned_data["reason"]
        try:
            rules.switch_off_by_staff(self.row, by=self.user, note=reason)
        except RuleError as error:
            raise Refused(str(error)) from error
        return Done(
            _("Automatic top-up is off."), note=notes.because(reason, notes.code("switched_off"))
        )


class TopUpInline(ReadOnlyInline):
    model = TopUp
    fields = ("link", "status", "attempts", "decline_code", "created_at", "closed_at")

    @admin.display(description=gettext_lazy("top-up"))
    def link(self, topup: TopUp) -> str:
        return object_link(topup)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopUp]:
        return super().get_queryset(request).order_by("-pk")


@admin.register(TopUpRule)
class TopUpRuleAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.topup_rules)
    list_display = ("id", "account_link", "is_on", "off_reason", "below", "price", "this_month")
    list_filter = ("is_on", "off_reason", "livemode", OfAccount)
    list_select_related = ("account__user", "plan_price__plan")
    finders = (by_number("pk"), by_prefix("pm_", "card__stripe_payment_method_id"))
    account_path = "account"
    search_help_text = gettext_lazy(
        "A number, a payment method (pm_…), or the start of an e-mail address."
    )
    fieldsets = (
        (None, {"fields": ("account_link", "is_on", "decide", "more")}),
        (
            gettext_lazy("What was agreed to"),
            {"fields": ("below", "price", "this_month", "card_link", "consent_link")},
        ),
        (
            gettext_lazy("Times"),
            {
                "fields": (
                    "switched_on_at",
                    "switched_off_at",
                    "off_reason",
                    "switched_off_by",
                    "note",
                    "livemode",
                )
            },
        ),
    )
    readonly_fields = (
        "account_link",
        "note",
        "below",
        "price",
        "this_month",
        "card_link",
        "consent_link",
        "decide",
        "more",
    )
    inlines = (TopUpInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopUpRule]:
        related = ("account__user", "plan_price__plan", "card", "consent", "switched_off_by")
        return super().get_queryset(request).select_related(*related)

    def get_urls(self) -> list[URLPattern]:
        return [SwitchOffPage.url(self), *super().get_urls()]

    @admin.display(description=gettext_lazy("note"))
    def note(self, rule: TopUpRule) -> str:
        return rule.why or "-"

    @admin.display(description=gettext_lazy("below"))
    def below(self, rule: TopUpRule) -> str:
        return number(rule.threshold)

    @admin.display(description=gettext_lazy("buys"))
    def price(self, rule: TopUpRule) -> str:
        return price_of(rule)

    @admin.display(description=gettext_lazy("most in a month"))
    def this_month(self, rule: TopUpRule) -> str:
        return money.format_money(rule.monthly_limit, rule.plan_price.currency)

    @admin.display(description=gettext_lazy("saved card"))
    def card_link(self, rule: TopUpRule) -> str:
        return object_link(rule.card)

    @admin.display(description=gettext_lazy("consent"))
    def consent_link(self, rule: TopUpRule) -> str:
        return object_link(rule.consent)

    @admin.display(description=gettext_lazy("decide"))
    def decide(self, rule: TopUpRule) -> str:
        if not rule.is_on:
            return "-"
        url = reverse("admin:billing_topuprule_switch_off", args=[rule.pk])
        return format_html('<a href="{}">{}</a>', url, _("Switch off"))

    @admin.display(description=gettext_lazy("see also"))
    def more(self, rule: TopUpRule) -> str:
        return list_link(Consent, _("Consents"), account__id__exact=rule.account_id)


@admin.register(TopUp)
class TopUpAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.topups)
    list_display = (
        "id",
        "account_link",
        "purchase_link",
        "amount",
        "status",
        "attempts",
        "decline_code",
        "created_at",
    )
    list_filter = ("status", "created_at", OfAccount)
    list_select_related = ("account__user", "purchase")
    finders = (
        ByShortNumber("purchase__uuid"),
        by_number("pk"),
        by_prefix("pi_", "stripe_payment_intent_id"),
        by_uuid("purchase__uuid"),
    )
    account_path = "account"
    search_help_text = gettext_lazy(
        "A number, a payment (pi_…), a purchase's number, or the start of an e-mail address."
    )
    fields = (
        "account_link",
        "purchase_link",
        "amount",
        "status",
        "attempts",
        "decline_code",
        "stripe_payment_intent_id",
        "card_link",
        "consent_link",
        "month",
        "seq",
        "due_at",
        "created_at",
        "closed_at",
    )
    readonly_fields = ("account_link", "purchase_link", "amount", "card_link", "consent_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopUp]:
        related = ("account__user", "purchase", "card", "consent")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("purchase"))
    def purchase_link(self, topup: TopUp) -> str:
        return purchase_link(topup.purchase)

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, topup: TopUp) -> str:
        return money.format_money(topup.purchase.amount_subtotal, topup.purchase.currency)

    @admin.display(description=gettext_lazy("saved card"))
    def card_link(self, topup: TopUp) -> str:
        return object_link(topup.card)

    @admin.display(description=gettext_lazy("consent"))
    def consent_link(self, topup: TopUp) -> str:
        return object_link(topup.consent)


@admin.register(Consent)
class ConsentAdmin(AccountColumn, ReadOnlyAdmin):
    list_display = ("id", "account_link", "kind", "language", "given_at")
    list_filter = ("kind", "language", "given_at", OfAccount)
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = gettext_lazy("A number, or the start of an e-mail address.")
    fields = (
        "account_link",
        "kind",
        "words",
        "language",
        "credits",
        "valid_for_days",
        "ip_address",
        "given_at",
    )
    readonly_fields = ("account_link",)


@admin.register(SavedCard)
class SavedCardAdmin(ReadOnlyAdmin):
    list_display = ("id", "__str__", "customer", "created_at", "removed_at", "detached_at")
    list_filter = (("removed_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("customer",)
    finders = (
        by_number("pk"),
        by_prefix("pm_", "stripe_payment_method_id"),
        by_prefix("cus_", "customer__stripe_customer_id"),
    )
    account_path = "customer__user__credit_account"
    search_help_text = gettext_lazy(
        "A number, an id of Stripe's (pm_…, cus_…), or the start of an e-mail address."
    )
    fields = (
        "stripe_payment_method_id",
        "customer",
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "created_at",
        "removed_at",
        "detached_at",
    )


def price_of(rule: TopUpRule) -> str:
    price = rule.plan_price
    return f"{price.plan.name}, {money.format_money(price.unit_amount, price.currency)}"


def month_of(rule: TopUpRule) -> str:
    """Say what a rule has charged this month, of how much."""
    currency = rule.plan_price.currency
    return _("%(charged)s of at most %(limit)s") % {
        "charged": money.format_money(months.charged(rule, at=timezone.now()), currency),
        "limit": money.format_money(rule.monthly_limit, currency),
    }
