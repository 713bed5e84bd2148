"""
Four groups of staff, and what each may do. Put people in them in the admin.

Made after each `migrate`: what is missing is added, what staff gave a group besides stays. With
`BILLING_STAFF_GROUPS = False` a project makes its own.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth import get_user_model
from django.contrib.auth.management import create_permissions
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from billing import conf

# App to what a person may look at there who helps customers; the app of the user model besides.
_LOOK = {
    "credits": Q(codename__startswith="view_"),
    "billing": Q(codename__startswith="view_"),
    # Keys are kept hashed, and secrets shown once: nothing here opens anything.
    "api": Q(codename__startswith="view_"),
    "account": Q(codename="view_emailaddress"),
    "djstripe": Q(codename__startswith="view_") & ~Q(codename="view_apikey"),
}

GROUPS: dict[str, dict[str, Q]] = {
    # Sets up what is on sale, and what things cost in credits.
    gettext_noop("Catalog"): {
        "credits": Q(codename__in=[f"{verb}_operation" for verb in ("view", "add", "change")]),
        "billing": Q(
            codename__in=[
                f"{verb}_{model}"
                for verb in ("view", "add", "change")
                for model in ("creditplan", "planprice", "voucherbatch", "voucher")
            ]
            + ["export_voucherbatch", "view_voucherredemption"]
        ),
    },
    # Looks things up for customers.
    gettext_noop("Support"): _LOOK,
    # Does that, gives money back and corrects balances.
    gettext_noop("Refunds"): {
        **_LOOK,
        "credits": _LOOK["credits"]
        | Q(codename__in=["adjust_account", "approve_adjustment", "write_off_shortfall"]),
        "billing": _LOOK["billing"]
        | Q(codename__in=["issue_refund", "resolve_event", "switch_off_topup"]),
    },
    # Looks at everything, who did what among it.
    gettext_noop("Auditor"): {
        **_LOOK,
        "auth": Q(codename="view_group"),
        "admin": Q(codename="view_logentry"),
        "procrastinate": Q(codename__startswith="view_"),
    },
}


# Groups that look at users.
_LOOKERS = ("Support", "Refunds", "Auditor")


def shown(name: str) -> str:
    """Say a group's name in the reader's language, where it is one of these."""
    return gettext(name) if name in GROUPS else name


def grant(sender: AppConfig, **kwargs: Any) -> None:
    """Give each group what it may do in one app, after that app was migrated."""
    wanted = list(_wanted(sender.label)) if conf.staff_groups() else []
    # As the database is now: `migrate` may have stopped before these tables.
    models = kwargs.get("apps", apps)
    try:
        group_model: Any = models.get_model("auth", "Group")
        permission_model: Any = models.get_model("auth", "Permission")
    except LookupError:
        return
    using = kwargs["using"]
    if wanted:
        create_permissions(sender, verbosity=0, using=using, apps=models)
    for name, which in wanted:
        group, _created = group_model.objects.using(using).get_or_create(name=name)
        permissions = permission_model.objects.using(using).filter(
            which, content_type__app_label=sender.label
        )
        group.permissions.add(*permissions)


def _wanted(app_label: str) -> Iterator[tuple[str, Q]]:
    user = get_user_model()._meta  # noqa: SLF001 - public by Django's word
    for name, by_app in GROUPS.items():
        if app_label in by_app:
            yield name, by_app[app_label]
        if app_label == user.app_label and name in _LOOKERS:
            yield name, Q(codename=f"view_{user.model_name}")
