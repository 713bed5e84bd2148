"""How often what is limited was tried."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.admin.readonly import ReadOnlyAdmin
from billing.models import AttemptCount
from credits.admin.columns import clipped


@admin.register(AttemptCount)
class AttemptCountAdmin(ReadOnlyAdmin):
    """How often somebody tried what is limited. It says neither what nor who."""

    list_display = ("short_subject", "started_at", "attempts")
    ordering = ("-pk",)
    search_fields = ()  # type: ignore[assignment]
    fields = ("subject", "started_at", "attempts")

    @admin.display(description=_("subject"))
    def short_subject(self, count: AttemptCount) -> str:
        return clipped(count.subject)
