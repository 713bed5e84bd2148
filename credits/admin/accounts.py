"""Who holds credits, what can be spent now, and the way to everything that belongs to it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from credits import ledger, users
from credits.admin import account_page, columns, exports
from credits.admin.adjustment import AdjustmentPage
from credits.admin.links import list_link
from credits.admin.readonly import ReadOnlyAdmin
from credits.admin.searching import Finder
from credits.models import Account, AdjustmentRequest, CreditTransaction, Hold, Lot, Movement

# Lists of what belongs to an account, in their order.
_lists: list[tuple[type[Model], str | Promise]] = [
    (CreditTransaction, _("Transactions")),
    (Movement, _("Movements of lots")),
    (Lot, _("Lots")),
    (Hold, _("Holds")),
    (AdjustmentRequest, _("Adjustment requests")),
]


def lead_to(model: type[Model], text: str | Promise) -> None:
    """Let accounts' pages lead to another app's list too: of a model with an `account`."""
    _lists.append((model, text))


def _links(account: Account) -> Iterator[tuple[str]]:
    for model, text in _lists:
        yield (list_link(model, text, account__id__exact=account.pk),)
    usage = f"{reverse('admin:credits_operation_usage')}?account={account.pk}"
    yield (format_html('<a href="{}">{}</a>', usage, _("Usage")),)


class AccountOrUser(Finder):
    """The number of an account or, if that is a number too, the key of a user."""

    def __init__(self) -> None:
        super().__init__(r"[0-9]{1,18}", ("pk",))

    def find(self, term: str) -> Q | None:
        found = super().find(term)
        if found is not None and (key := users.key_from(term)) is not None:
            found |= Q(user=key)
        return found


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    csv_columns = staticmethod(exports.accounts)
    list_display = ("holder_name", "balance", "held", "next_expiry_at", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("user",)
    finders = (AccountOrUser(),)
    account_path = "pk"
    search_help_text = _("The number of an account or user, or the start of an e-mail address.")
    fields = (
        "user",
        "spendable",
        "owed",
        "next_expiry_at",
        "created_at",
        "more",
    )
    readonly_fields = ("spendable", "owed", "more")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("user")

    def get_urls(self) -> list[URLPattern]:
        return [AdjustmentPage.url(self), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        explained = account_page.context(account, at=timezone.now()) if account else {}
        return super().change_view(request, object_id, form_url, explained)

    @admin.display(description=_("account"))
    def holder_name(self, account: Account) -> str:
        return columns.clipped(columns.holder(account), text=True)

    @admin.display(description=_("can be spent now"))
    def spendable(self, account: Account) -> str:
        return columns.number(ledger.balance(account))

    @admin.display(description=_("still owed"))
    def owed(self, account: Account) -> str:
        """Sum up what was used, is no longer paid for and was not written off."""
        return columns.number(account.lots.all().credits_owed())

    @admin.display(description=_("see also"))
    def more(self, account: Account) -> SafeString:
        return format_html_join(" · ", "{}", _links(account))
