"""The price list: what the host charges for, edited where it is listed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from credits import operations
from credits.admin import usage
from credits.models import Operation


class ShortDecimalField(forms.DecimalField):
    """Shows 0.25 for 0.250000."""

    def prepare_value(self, value: Any) -> Any:
        return operations.written(value) if isinstance(value, Decimal) else value


class RowForm(forms.ModelForm):
    """A row that is edited in the list, where each field has no label but its column's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"


@admin.register(Operation)
class OperationAdmin(admin.ModelAdmin):
    """
    What was charged keeps its price, so a price may change at any time; each change is logged.

    Transactions name an operation by its slug: it stays, and so does the row.
    """

    list_display = ("name", "slug", "base", "per_unit", "unit", "is_active")
    list_editable = ("base", "per_unit", "is_active")
    search_fields = ("name", "slug")
    ordering = ("slug",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active")}),
        (_("What it costs"), {"fields": ("base", ("per_unit", "unit"))}),
    )
    actions = None
    formfield_overrides = {models.DecimalField: {"form_class": ShortDecimalField}}

    class Media:
        css = {"all": ["credits/admin.css", "credits/lists.css"]}

    def get_urls(self) -> list[URLPattern]:
        return [usage.url(self.admin_site), *super().get_urls()]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=RowForm, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
