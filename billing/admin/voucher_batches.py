"""Batches of vouchers: staff make them, export the codes of each once, and say how long."""

from datetime import UTC
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import vouchers
from billing.admin import notes
from billing.models import Voucher, VoucherBatch, VoucherRedemption
from credits import spreadsheets
from credits.admin.columns import number, person
from credits.admin.deciding import DecisionPage
from credits.admin.links import list_link
from credits.admin.notes import SaysNotes

TERMS = ("credits", "valid_for_days", "size", "uses", "once_a_person")


class BatchForm(forms.ModelForm):
    """A new batch: what no batch has is said beside the field."""

    class Meta:
        model = VoucherBatch
        fields = ("name", *TERMS, "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for field, most in (("size", vouchers.LARGEST_BATCH), ("uses", vouchers.MOST_USES)):
            if (data.get(field) or 0) > most:
                self.add_error(field, _("At most %(most)s.") % {"most": number(most)})
        total = (data.get("credits") or 0) * (data.get("size") or 0) * (data.get("uses") or 0)
        if total > vouchers.LARGEST_TOTAL:
            in_all = {"most": number(vouchers.LARGEST_TOTAL)}
            self.add_error("credits", _("All codes together give at most %(most)s.") % in_all)
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("This is before it begins."))
        return data


class ExportPage(DecisionPage):
    """The answer to the decision is the file."""

    name = "export"
    permission = vouchers.EXPORT
    title = gettext_lazy("Export the codes")
    button = gettext_lazy("Download the file")
    template = "admin/billing/decide.html"

    def form(self) -> forms.Form:
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    def impediment(self) -> str:
        if self.row.exported_at is None:
            return ""
        return _("These codes are not here any more: %(who)s exported them at %(when)s") % {
            "who": person(self.row.exported_by),
            "when": date_format(localtime(self.row.exported_at), "DATETIME_FORMAT"),
        }

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("Codes"), number(self.row.size)),
            (_("Credits of each"), number(self.row.credits)),
            (_("Uses of each"), number(self.row.uses)),
        ]

    def consequences(self) -> list[str]:
        return [
            _(
                "The codes can be downloaded once. Afterwards nobody can read them here, not even"
                " you."
            ),
            _("Whoever has the file has the credits: keep it as you would keep money."),
        ]

    def respond(self) -> HttpResponse:
        if self.request.method != "POST" or self.impediment():
            return super().respond()
        try:
            exported = vouchers.export(self.row, by=self.user)
        except vouchers.AlreadyExported as error:
            self.row = error.batch
            return super().respond()
        note = notes.code("codes_exported", count=len(exported))
        self.model_admin.log_change(self.request, self.row, note)
        return _file(self.row, exported)


def _file(batch: VoucherBatch, exported: list[tuple[int, str]]) -> HttpResponse:
    until = batch.ends_at.astimezone(UTC).isoformat(timespec="seconds") if batch.ends_at else ""
    lines: list[list[str | int]] = [["number", "code", "name", "credits", "uses", "until"]]
    lines += [
        [number_, code, batch.name, batch.credits, batch.uses, until] for number_, code in exported
    ]
    return HttpResponse(
        "".join(spreadsheets.written(lines)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="vouchers-{batch.pk}.csv"',
        },
    )


@admin.register(VoucherBatch)
class VoucherBatchAdmin(SaysNotes):
    form = BatchForm
    list_display = (
        "name",
        "credits",
        "size",
        "uses",
        "redeemed",
        "starts_at",
        "ends_at",
        "is_active",
        "exported_at",
    )
    list_filter = ("is_active", "created_at")
    search_fields = ("name",)
    ordering = ("-pk",)
    actions = None
    fieldsets = (
        (None, {"fields": ("name",)}),
        (
            gettext_lazy("What each code gives"),
            {"fields": ("credits", "valid_for_days", "size", "uses", "once_a_person")},
        ),
        (gettext_lazy("When it can be redeemed"), {"fields": ("starts_at", "ends_at")}),
    )
    of_old = (
        gettext_lazy("What came of it"),
        {"fields": ("redeemed", "made", "exported", "more")},
    )
    readonly_fields = ("redeemed", "made", "exported", "more")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[VoucherBatch]:
        counts = (
            VoucherRedemption.objects.filter(batch=OuterRef("pk"))
            .order_by()
            .values("batch")
            .annotate(count=Count("pk"))
            .values("count")
        )
        rows: QuerySet[VoucherBatch] = super().get_queryset(request)
        return rows.annotate(
            times_redeemed=Coalesce(Subquery(counts, output_field=IntegerField()), 0)
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets
        name, terms, when = self.fieldsets
        when = (when[0], {"fields": (*when[1]["fields"], "is_active")})
        return (name, terms, when, self.of_old)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> type[forms.ModelForm]:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the two inputs of a moment, which Django leaves without a label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.DateTimeField):
            for widget, part in zip(field.widget.widgets, (_("date"), _("time")), strict=True):  # type: ignore[union-attr]
                widget.attrs["aria-label"] = f"{db_field.verbose_name}, {part}"
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*TERMS, *self.readonly_fields) if obj else self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        return [ExportPage.url(self), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: VoucherBatch, form: Any, change: Any) -> None:
        if change:
            # Nothing else: somebody may be exporting it meanwhile.
            if form.changed_data:
                obj.save(update_fields=form.changed_data)
            return
        made = vouchers.make_batch(**form.cleaned_data, by=request.user)
        obj.pk, obj.seed, obj.made_by = made.pk, made.seed, made.made_by
        obj._state.adding = False  # noqa: SLF001 - it stands in the database

    @admin.display(description=gettext_lazy("redeemed"))
    def redeemed(self, batch: Any) -> str:
        return number(batch.times_redeemed)

    @admin.display(description=gettext_lazy("made by"))
    def made(self, batch: VoucherBatch) -> str:
        when = date_format(localtime(batch.created_at), "DATETIME_FORMAT")
        return f"{person(batch.made_by)}, {when}"

    @admin.display(description=gettext_lazy("exported by"))
    def exported(self, batch: VoucherBatch) -> str:
        if batch.exported_at is None:
            return "-"
        when = date_format(localtime(batch.exported_at), "DATETIME_FORMAT")
        return f"{person(batch.exported_by)}, {when}"

    @admin.display(description=gettext_lazy("see also"))
    def more(self, batch: VoucherBatch) -> SafeString:
        links = [
            list_link(Voucher, _("Codes"), batch__id__exact=batch.pk),
            list_link(VoucherRedemption, _("Redemptions"), batch__id__exact=batch.pk),
        ]
        return format_html_join(" · ", "{}", ((link,) for link in links))
