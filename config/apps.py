"""The admin as this project sets it up: its own site, and other people's pages made view-only."""

from django.contrib.admin import site
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class StaffAdminConfig(AdminConfig):
    default = False
    default_site = "config.admin.StaffSite"

    def ready(self) -> None:
        super().ready()
        import config.jobs  # noqa: F401, PLC0415 (registers itself; models are there only now)
        from billing.admin import groups, jobs  # noqa: PLC0415

        jobs.fold(site)
        post_migrate.connect(groups.grant, dispatch_uid="staff-groups")
