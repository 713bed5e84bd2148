"""Plans are the one thing of the ledger's that staff write freely: what is on sale."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from credits.models import CreditPlan


@admin.register(CreditPlan)
class CreditPlanAdmin(admin.ModelAdmin):
    """A purchase keeps its own copy of what was promised, so a plan may change at any time."""

    list_display = (
        "name",
        "credits",
        "bonus_credits",
        "valid_for_days",
        "is_active",
        "is_featured",
        "sort_order",
    )
    list_filter = ("is_active", "is_featured")
    search_fields = ("name", "slug")
    ordering = ("-is_active", "sort_order", "credits", "pk")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "description")}),
        (_("What a buyer receives"), {"fields": ("credits", "bonus_credits", "valid_for_days")}),
        (
            _("In the shop"),
            {"fields": ("is_active", "is_featured", "sort_order", "allow_promotion_codes")},
        ),
    )
    # A plan that was bought stays for ever; one that is not wanted any more is taken off sale.
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
