"""The admin as this project sets it up: its own site, and other people's pages made its own."""

from django.apps import AppConfig
from django.contrib.admin import site
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import pre_save


class SiteConfig(AppConfig):
    """The command of this site, `worker`, and what it checks."""

    name = "config"

    def ready(self) -> None:
        # Each registers itself.
        import config.accounts.erasing  # noqa: PLC0415
        import config.checks  # noqa: PLC0415
        import config.connections  # noqa: PLC0415
        import config.staff_access  # noqa: F401, PLC0415


class StaffAdminConfig(AdminConfig):
    default = False
    default_site = "config.admin.StaffSite"

    def ready(self) -> None:
        super().ready()
        import config.jobs  # noqa: F401, PLC0415 (registers itself; models are there only now)
        from config import jobs_admin, people  # noqa: PLC0415

        people.take_over(site)
        pre_save.connect(people.keep_lower_case, sender="auth.User")
        jobs_admin.fold(site)
