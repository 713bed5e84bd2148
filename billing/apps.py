from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import checks, conf  # noqa: F401, PLC0415 (checks registers itself)
        from billing.staff_site import groups  # noqa: PLC0415
        from billing.topups import falls  # noqa: PLC0415
        from credits import signals  # noqa: PLC0415

        if conf.top_ups():  # a spend pays for each receiver
            signals.credits_spent.connect(falls.react, dispatch_uid="billing-top-up")
        post_migrate.connect(groups.grant, dispatch_uid="billing-staff-groups")
