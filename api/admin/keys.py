"""
Keys, as staff see them: made, shown once, revoked.

The page that answers the form shows a key; no other page, log or history of the admin does.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from api import keys
from api.admin import notes
from api.models import ApiKey, Scope
from credits.admin import columns
from credits.admin import keys as ledger_keys
from credits.admin.deciding import DecisionPage, Done
from credits.admin.links import OfAccount, object_link
from credits.admin.readonly import ReadOnlyAdmin
from credits.admin.searching import Finder

REVOKE = "api.change_apikey"

ledger_keys.register(keys.ledger_keys)


class NewKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What it may do. As little as its program needs."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "client", "account", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise forms.ValidationError(_("Choose a moment that is still to come."))
        return expires_at


class RevokePage(DecisionPage):
    name = "revoke"
    permission = REVOKE
    title = gettext_lazy("Revoke")

    def impediment(self) -> str:
        return "" if self.row.revoked_at is None else _("This key was revoked before.")

    def form(self) -> forms.Form:
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    def facts(self) -> list[tuple[str, Any]]:
        used = self.row.last_used_at
        return [
            (_("Client"), self.row.client),
            (_("Last used at"), timezone.localtime(used) if used else _("never")),
        ]

    def consequences(self) -> list[str]:
        return [_("The key opens nothing from now on, and cannot be brought back.")]

    def decide(self, form: forms.Form) -> Done:
        keys.revoke(key=self.row, by=columns.staff(self.user))
        return Done(_("%s was revoked.") % self.row, note=notes.code("key_revoked"))


class InUse(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("usable", gettext_lazy("Opens something")),
            ("over", gettext_lazy("Revoked or expired")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        usable = ApiKey.objects.usable(at=timezone.now()).values("pk")
        if self.value() == "usable":
            return queryset.filter(pk__in=usable)
        return queryset.exclude(pk__in=usable) if self.value() == "over" else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    form = NewKeyForm
    list_display = ("short_name", "shown", "account_link", "last_used_at", "is_usable")
    list_filter = (InUse, OfAccount)
    default_filters = {"state": "usable"}
    list_select_related = ("account__user",)
    ordering = ("-pk",)
    finders = (Finder(r"(?:ck_)?[0-9a-f]{12}(?:_\S*)?", ("prefix",)),)
    account_path = "account"
    search_help_text = gettext_lazy("How a key begins, or the start of an e-mail address.")
    autocomplete_fields = ("account",)
    fields = (
        "name",
        "shown",
        "client",
        "account_link",
        "opens",
        "created_at",
        "maker",
        "last_used_at",
        "expires_at",
        "revoked_at",
        "revoker",
    )
    readonly_fields = ("shown", "account_link", "opens", "maker", "revoker")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("api.add_apikey")

    def get_urls(self) -> list[URLPattern]:
        return [RevokePage.url(self), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else NewKeyForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    @sensitive_variables("key")
    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        row, key = keys.make(
            name=obj.name,
            client=obj.client,
            scopes=obj.scopes,
            account=obj.account,
            created_by=columns.staff(request.user),
            expires_at=obj.expires_at,
        )
        obj.__dict__.update(row.__dict__)
        request.made_key = key  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key, here and never again."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "opts": self.opts,
            "row": obj,
            "key": request.made_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/api/apikey/made.html", context)

    @admin.display(description=gettext_lazy("name"))
    def short_name(self, key: ApiKey) -> str:
        return columns.clipped(key.name, text=True)

    @admin.display(description=gettext_lazy("API key"))
    def shown(self, key: ApiKey) -> str:
        return f"ck_{key.prefix}_…"

    @admin.display(description=gettext_lazy("scopes"))
    def opens(self, key: ApiKey) -> str:
        return ", ".join(str(Scope(scope).label) for scope in key.scopes)

    @admin.display(description=gettext_lazy("account"))
    def account_link(self, key: ApiKey) -> Any:
        if key.account is None:
            return _("every account")
        return object_link(key.account, columns.holder(key.account))

    @admin.display(description=gettext_lazy("usable"), boolean=True)
    def is_usable(self, key: ApiKey) -> bool:
        return key.is_usable

    @admin.display(description=gettext_lazy("created by"))
    def maker(self, key: ApiKey) -> str:
        return columns.person(key.created_by)

    @admin.display(description=gettext_lazy("revoked by"))
    def revoker(self, key: ApiKey) -> str:
        return columns.person(key.revoked_by)
