"""The ledger as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class CreditsConfig(AppConfig):
    name = "credits"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Credits")

    def ready(self) -> None:
        from credits import checks  # noqa: F401, PLC0415 (registers itself)

        user_logged_in.connect(_give_free_credits)


def _give_free_credits(*, user: Any, **_values: Any) -> None:
    """Whoever logs in has what is free at once; the periodic job finds everyone else."""
    from credits import allowances  # noqa: PLC0415
    from credits.models import Account  # noqa: PLC0415

    if allowances.on_offer():
        allowances.give(account=Account.objects.for_user(user))
