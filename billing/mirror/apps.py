from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class MirrorConfig(AppConfig):
    name = "billing.mirror"
    label = "billing_mirror"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Stripe mirror")

    def ready(self) -> None:
        if not apps.is_installed("djstripe"):
            raise ImproperlyConfigured("billing.mirror needs djstripe in INSTALLED_APPS.")
        from billing.mirror import receivers  # noqa: F401, PLC0415 (connects itself)
