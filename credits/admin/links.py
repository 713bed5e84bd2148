"""Links from one page of the admin to another, and the note that says where a list came from."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


def object_link(obj: Model | None, text: object = None) -> SafeString | str:
    """Lead to the page of one row; a dash where there is none."""
    if obj is None:
        return "-"
    return format_html('<a href="{}">{}</a>', object_url(obj), obj if text is None else text)


def object_url(obj: Model) -> str:
    opts = obj._meta  # noqa: SLF001
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[obj.pk])


def list_link(model: type[Model], text: object, **lookups: str | int) -> SafeString:
    """Lead to the list of the rows that match, such as `account__id__exact=3`."""
    return format_html('<a href="{}">{}</a>', list_url(model, **lookups), text)


def list_url(model: type[Model], **lookups: str | int) -> str:
    opts = model._meta  # noqa: SLF001
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{url}?{urlencode(lookups)}" if lookups else url


class Chosen(admin.SimpleListFilter):
    """
    Names the row that a list was reached from, and offers all rows again.

    It lists nothing to choose from: that would read a whole table.
    """

    field = ""

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin,
    ) -> None:
        self._related: Any = model._meta.get_field(self.field).related_model  # noqa: SLF001
        self._found: Model | None = None
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        value = self.value()
        if value is None:
            return []
        try:
            self._found = self._related.objects.filter(pk=value).first()
        except (ValueError, OverflowError):
            self._found = None
        return [(value, str(self._found or value))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self._found is None:
            return queryset.none()
        return queryset.filter(**{f"{self.field}_id": self._found.pk})


class OfAccount(Chosen):
    title = _("account")
    field = "account"
    parameter_name = "account__id__exact"


class OfLot(Chosen):
    title = _("lot")
    field = "lot"
    parameter_name = "lot__id__exact"
