"""Where webhooks go: made here, with a secret that is shown once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.admin import switching_pages
from api.models import EventType, WebhookDelivery, WebhookEndpoint
from api.outgoing import addresses, switching
from credits.admin.columns import AccountColumn, clipped
from credits.admin.links import list_link, object_url
from credits.admin.notes import SaysNotes


class EndpointForm(forms.ModelForm):
    event_types = forms.MultipleChoiceField(
        label=gettext_lazy("Types of events"),
        choices=[
            (kind, format_lazy("{}: {}", kind, kind.label))
            for kind in EventType
            if kind != EventType.WEBHOOK_TEST
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: all, also those of later versions."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "account", "event_types")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            addresses.read(url)
        except addresses.AddressRefused as refused:
            raise forms.ValidationError(
                _(
                    "Webhooks go to https:// addresses of the public internet alone, without user"
                    " name and password."
                )
            ) from refused
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(AccountColumn, SaysNotes):
    form = EndpointForm
    list_display = ("address", "account_link", "is_active", "failing_since", "last_attempt_at")
    list_filter = ("is_active",)
    list_select_related = ("account__user",)
    ordering = ("-pk",)
    raw_id_fields = ("account",)
    sortable_by = ()
    readonly_fields = (
        "is_active",
        "switched_off_at",
        "why_off",
        "failures",
        "failing_since",
        "paused_until",
        "last_attempt_at",
        "previous_secret_expires_at",
        "created_at",
        "more",
    )

    class Media:
        css = {"all": ["credits/admin.css", "credits/lists.css", "api/admin.css"]}

    def get_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        fields = EndpointForm.Meta.fields
        return fields if obj is None else (*fields, *self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what it was told stays to be seen: switch it off

    def get_urls(self) -> list[URLPattern]:
        pages = [page.url(self) for page in switching_pages.PAGES]
        return [*pages, *super().get_urls()]

    def save_model(
        self,
        request: HttpRequest,
        obj: WebhookEndpoint,
        form: Any,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        if change:
            obj.save(update_fields=list(EndpointForm.Meta.fields))
            return
        made = switching.create(
            url=obj.url,
            description=obj.description,
            account=obj.account,
            event_types=obj.event_types,
        )
        obj.pk, obj.secret, obj.created_at = made.pk, made.secret, made.created_at

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_secret(request, obj)

    def show_secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> TemplateResponse:
        """Show a new secret, in the answer to the form: it is kept nowhere else for people."""
        shown = {
            **self.admin_site.each_context(request),
            "title": _("Secret of the webhook endpoint"),
            "opts": self.opts,
            "endpoint": endpoint,
            "back": object_url(endpoint),
        }
        return TemplateResponse(request, "admin/api/webhookendpoint/secret.html", shown)

    @admin.display(description=gettext_lazy("webhook endpoint"))
    def address(self, endpoint: WebhookEndpoint) -> SafeString | str:
        return clipped(endpoint, text=True)

    @admin.display(description=gettext_lazy("because"))
    def why_off(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.why_off or "-"

    @admin.display(description=gettext_lazy("more"))
    def more(self, endpoint: WebhookEndpoint) -> SafeString:
        return list_link(WebhookDelivery, _("Deliveries"), endpoint__id__exact=endpoint.pk)
