"""
The four groups of staff, and what each may do. Put people in them at *People*.

Made after each `migrate`: what is missing is added, what staff gave a group besides stays.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

# App to what a person may look at there who helps customers.
_LOOK = {
    "credits": Q(codename__startswith="view_"),
    "billing": Q(codename__startswith="view_"),
    "auth": Q(codename="view_user"),
    "account": Q(codename="view_emailaddress"),
    "djstripe": Q(codename__startswith="view_") & ~Q(codename="view_apikey"),
}

GROUPS: dict[str, dict[str, Q]] = {
    # Sets up what is on sale.
    "Catalog": {
        "billing": Q(
            codename__in=[
                f"{verb}_{model}"
                for verb in ("view", "add", "change")
                for model in ("creditplan", "planprice")
            ]
        ),
    },
    # Looks things up for customers.
    "Support": _LOOK,
    # Does that, gives money back and corrects balances.
    "Refunds": {
        **_LOOK,
        "credits": _LOOK["credits"]
        | Q(codename__in=["adjust_account", "approve_adjustment", "write_off_shortfall"]),
        "billing": _LOOK["billing"] | Q(codename__in=["issue_refund", "resolve_event"]),
    },
    # Looks at everything, who did what among it.
    "Auditor": {
        **_LOOK,
        "auth": Q(codename__in=["view_user", "view_group"]),
        "admin": Q(codename="view_logentry"),
        "procrastinate": Q(codename__startswith="view_"),
    },
}


def grant(sender: AppConfig, **kwargs: Any) -> None:
    """Give each group what it may do in one app, after that app was migrated."""
    wanted = list(_wanted(sender.label))
    if not wanted or not apps.is_installed("django.contrib.auth"):
        return
    create_permissions(sender, verbosity=0, using=kwargs["using"])
    for name, which in wanted:
        group, _created = Group.objects.using(kwargs["using"]).get_or_create(name=name)
        permissions = Permission.objects.using(kwargs["using"]).filter(
            which, content_type__app_label=sender.label
        )
        group.permissions.add(*permissions)


def _wanted(app_label: str) -> Iterator[tuple[str, Q]]:
    for name, by_app in GROUPS.items():
        if app_label in by_app:
            yield name, by_app[app_label]
