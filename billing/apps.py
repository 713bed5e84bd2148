from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import checks  # noqa: F401, PLC0415 (registers itself)
