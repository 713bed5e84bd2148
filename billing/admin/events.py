"""The inbox: Stripe's events, and what came of them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin import resolving
from billing.admin.links import purchase_link
from billing.admin.raw import pretty
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import StripeEvent
from billing.users import permissions
from credits.admin.columns import clipped
from credits.admin.links import Chosen
from credits.admin.searching import by_number, by_prefix, by_uuid


class OfPurchase(Chosen):
    title = _("purchase")
    field = "purchase"
    parameter_name = "purchase__id__exact"


class OfPayment(Chosen):
    title = _("payment")
    field = "payment"
    parameter_name = "payment__id__exact"


class NeedsStaff(admin.SimpleListFilter):
    """Events that were not done and will not get done by themselves."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("Quarantined and failed")), ("ours", _("All but ignored"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StripeEvent]
    ) -> QuerySet[StripeEvent]:
        if self.value() == "ours":
            return queryset.exclude(state=StripeEvent.State.IGNORED)
        if self.value() != "open":
            return queryset
        # By the index of exactly these states.
        needing = queryset.filter(state__in=StripeEvent.NEEDING_STAFF)
        return needing.order_by("-received_at", "-pk")


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    # Half of what Stripe sends is about nothing here.
    default_filters: ClassVar[Mapping[str, str]] = {"queue": "ours"}
    list_display = (
        "short_id",
        "short_type",
        "state",
        "why",
        "purchase_link",
        "received_at",
    )
    list_filter = (NeedsStaff, "state", "livemode", "received_at", OfPurchase, OfPayment)
    list_select_related = ("purchase", "payment")
    finders = (
        by_number("pk"),
        by_prefix("evt_", "stripe_event_id"),
        by_prefix("pi_", "payment__stripe_payment_intent_id"),
        by_prefix("cs_", "purchase__stripe_session_id"),
        by_uuid("purchase__uuid"),
    )
    search_help_text = _("An id of Stripe's (evt_…, pi_…, cs_…) or a purchase's, whole.")
    fields = (
        "stripe_event_id",
        "type",
        "state",
        "said",
        "purchase",
        "payment",
        "livemode",
        "api_version",
        "created_at",
        "received_at",
        "processed_at",
        "resolution",
        "resolution_note",
        "resolved_by",
        "resolved_at",
        "as_sent",
    )
    readonly_fields = ("said", "as_sent")
    actions = ("replay",)  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        return super().get_queryset(request).defer("payload")

    def get_urls(self) -> list[URLPattern]:
        return [resolving.ResolutionPage.url(self), *super().get_urls()]

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Whether this person may use the actions that name the permission `resolve`."""
        return request.user.has_perm(permissions.RESOLVE_EVENT)

    @admin.action(description=_("Try failed events again"), permissions=["resolve"])
    def replay(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        resolving.replay(self, request, events)

    @admin.display(description=_("Stripe event"))
    def short_id(self, event: StripeEvent) -> str:
        return clipped(event.stripe_event_id)

    @admin.display(description=_("type"))
    def short_type(self, event: StripeEvent) -> str:
        return clipped(event.type, text=True)

    @admin.display(description=_("why"))
    def why(self, event: StripeEvent) -> str:
        return clipped(event.why, text=True)

    @admin.display(description=_("why"))
    def said(self, event: StripeEvent) -> str:
        return event.why or "-"

    @admin.display(description=_("purchase"))
    def purchase_link(self, event: StripeEvent) -> str:
        return purchase_link(event.purchase)

    @admin.display(description=_("payload"))
    def as_sent(self, event: StripeEvent) -> SafeString:
        return pretty(event.payload)
