"""Keys, as staff see them."""

from django.contrib import admin

from api.models import ApiKey
from credits.admin.readonly import ReadOnlyAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "client", "prefix", "account", "last_used_at", "revoked_at")
    list_select_related = ("account__user",)
    ordering = ("-pk",)
    exclude = ("digest",)
