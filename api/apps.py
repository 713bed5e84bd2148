from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "api"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("HTTP API")

    def ready(self) -> None:
        from api import checks, erasing  # noqa: F401, PLC0415 (they register themselves, and listen)
        from api.outgoing import examining, recording  # noqa: F401, PLC0415 (they listen)
