"""What was told to whom, what came back, and the way to tell it again."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from api.admin import notes
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.outgoing import delivering, payloads
from credits.admin.columns import AccountColumn, clipped
from credits.admin.deciding import DecisionPage, Done
from credits.admin.links import Chosen, OfAccount, object_link
from credits.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from credits.admin.searching import Finder, by_number

SEND_AGAIN = "api.change_webhookdelivery"


class OfEndpoint(Chosen):
    title = gettext_lazy("endpoint")
    field = "endpoint"
    parameter_name = "endpoint__id__exact"


class Undelivered(admin.SimpleListFilter):
    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("All but delivered"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> QuerySet[WebhookDelivery]:
        if self.value() != "open":
            return queryset
        return queryset.exclude(status=WebhookDelivery.Status.DELIVERED)


class ByWebhookId(Finder):
    """What a receiver knows an event by."""

    def __init__(self) -> None:
        super().__init__(r"msg_[0-9a-f]{32}", ("event__uuid",))

    def find(self, term: str) -> Q | None:
        is_one = re.fullmatch(self.shape, term, re.ASCII)
        return Q(event__uuid=term.removeprefix("msg_")) if is_one else None


def _switched_off(endpoint: WebhookEndpoint) -> str:
    return _("Nothing is sent to %(endpoint)s: it is switched off.") % {"endpoint": endpoint}


class SendAgainPage(DecisionPage):
    name = "send-again"
    permission = SEND_AGAIN
    title = gettext_lazy("Send again")

    def impediment(self) -> str:
        return "" if self.row.endpoint.is_active else _switched_off(self.row.endpoint)

    def form(self) -> forms.Form:
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("Event"), self.row.event.type),
            (_("Endpoint"), self.row.endpoint),
            (_("Status"), self.row.get_status_display()),
        ]

    def consequences(self) -> list[str]:
        return [
            _("It has the same webhook-id, so that a receiver can tell that it knows it."),
            _("What waits for the same account comes after it."),
        ]

    def decide(self, form: Any) -> Done:
        delivering.send_again(self.row)
        return Done(_("It is on its way."), note=notes.code("sent_again"))


class Attempts(ReadOnlyInline):
    model = WebhookAttempt
    fields = ("number", "at", "status", "why", "duration_ms", "excerpt")
    ordering = ("pk",)

    @admin.display(description=gettext_lazy("error"))
    def why(self, attempt: WebhookAttempt) -> str:
        return attempt.why or "-"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(AccountColumn, ReadOnlyAdmin):
    list_display = (
        "type",
        "short_endpoint",
        "account_link",
        "status",
        "attempts",
        "due_at",
        "closed_at",
    )
    default_filters: ClassVar[Mapping[str, str]] = {"queue": "open"}
    list_filter = (Undelivered, "status", OfEndpoint, OfAccount)
    list_select_related = ("event", "endpoint", "account__user")
    ordering = ("-pk",)
    account_path = "account"
    finders = (by_number("pk"), ByWebhookId())
    search_help_text = gettext_lazy(
        "A delivery's number, a webhook-id, or the start of an e-mail address."
    )
    fields = (
        "webhook_id",
        "type",
        "endpoint_link",
        "account_link",
        "status",
        "attempts",
        "due_at",
        "give_up_at",
        "closed_at",
        "body",
    )
    readonly_fields = ("webhook_id", "type", "endpoint_link", "account_link", "body")
    inlines = (Attempts,)
    actions = ("send_again",)  # type: ignore[assignment]

    def get_urls(self) -> list[URLPattern]:
        return [SendAgainPage.url(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return super().get_queryset(request).select_related("event", "endpoint", "account__user")

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEND_AGAIN)

    @admin.action(description=gettext_lazy("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        deliveries = list(chosen.filter(endpoint__is_active=True).order_by("pk"))
        for off in WebhookEndpoint.objects.filter(
            deliveries__in=chosen.order_by(), is_active=False
        ).distinct():
            self.message_user(request, _switched_off(off), messages.WARNING)
        if not deliveries:
            return
        for delivery in deliveries:
            delivering.send_again(delivery)
            self.log_change(request, delivery, notes.code("sent_again"))
        count = len(deliveries)
        text = ngettext("%(count)s is on its way.", "%(count)s are on their way.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.display(description=gettext_lazy("webhook-id"))
    def webhook_id(self, delivery: WebhookDelivery) -> str:
        return delivery.event.webhook_id

    @admin.display(description=gettext_lazy("type"))
    def type(self, delivery: WebhookDelivery) -> str:
        return delivery.event.type

    @admin.display(description=gettext_lazy("endpoint"))
    def short_endpoint(self, delivery: WebhookDelivery) -> SafeString | str:
        return clipped(delivery.endpoint, text=True)

    @admin.display(description=gettext_lazy("endpoint"))
    def endpoint_link(self, delivery: WebhookDelivery) -> SafeString | str:
        return object_link(delivery.endpoint)

    @admin.display(description=gettext_lazy("body"))
    def body(self, delivery: WebhookDelivery) -> SafeString:
        text = json.dumps(json.loads(payloads.body_of(delivery.event)), indent=2)
        return format_html('<pre class="raw" tabindex="0">{}</pre>', text)
