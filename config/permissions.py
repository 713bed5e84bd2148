"""Permissions and groups in the reader's language; their rows keep Django's English names."""

from typing import Any, Final

from django import forms
from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

VERBS: Final = {
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
    "view": pgettext_lazy("permission", "view"),
}


def said(permission: Permission) -> str:
    """Name a permission by its app, its model and what may be done."""
    kind = permission.content_type
    model = kind.model_class()
    if model is None:
        return f"{kind.app_label} | {permission.codename}"
    app = apps.get_app_config(kind.app_label).verbose_name
    # dj-stripe's other models are called as Stripe's objects are.
    is_named = kind.app_label != "djstripe" or not isinstance(model._meta.verbose_name, str)  # noqa: SLF001
    name = capfirst(str(model._meta.verbose_name)) if is_named else model.__name__  # noqa: SLF001
    verb, _underscore, of = permission.codename.partition("_")
    stock = of == model._meta.model_name and verb in VERBS  # noqa: SLF001
    return f"{app} | {name} | {VERBS[verb] if stock else gettext(permission.name)}"


def offered(site: AdminSite, group: Group | None) -> QuerySet[Permission]:
    """List permissions for what the site has pages of, and those that a group has already."""
    wanted = Q(pk__in=group.permissions.values("pk")) if group else Q()
    for model in site._registry:  # noqa: SLF001
        opts = model._meta  # noqa: SLF001
        wanted |= Q(content_type__app_label=opts.app_label, content_type__model=opts.model_name)
    return Permission.objects.filter(wanted).select_related("content_type")


class PermissionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return said(obj)
