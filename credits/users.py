"""
Users, whatever a project made of them: any primary key, any name of the address, no `username`.

Nothing else of the ledger knows a field of `settings.AUTH_USER_MODEL`.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet


def address(user: Any) -> str:
    """Find the e-mail address of a user; empty if there is none."""
    return str(getattr(user, _email_field(user), None) or "")


def name(user: Any) -> str:
    """Name a user as staff know them: by address, or as the project writes users."""
    return address(user) or str(user)


def key_from(text: str) -> Any | None:
    """Read a user's primary key; None if the text cannot be one."""
    try:
        return get_user_model()._meta.pk.to_python(text)  # noqa: SLF001
    except ValidationError:
        return None


def matching(term: str, *, path: str) -> Q:
    """Match users whose address starts with a term, or whose log-in name or key it is."""
    user: Any = get_user_model()
    found = Q(**{f"{path}__{user.USERNAME_FIELD}": term})
    if _has_column(user, _email_field(user)):
        found |= Q(**{f"{path}__{_email_field(user)}__istartswith": term})
    if (key := key_from(term)) is not None:
        found |= Q(**{path: key})
    return found


def containing(part: str) -> Q | None:
    """Match users by a part of their address; None where it is no column."""
    user = get_user_model()
    field = _email_field(user)
    return Q(**{f"{field}__icontains": part}) if _has_column(user, field) else None


def address_lookup(path: str) -> str | None:
    """Give the lookup of the address of the user at a path; None where it is no column."""
    user = get_user_model()
    return f"{path}__{_email_field(user)}" if _has_column(user, _email_field(user)) else None


def active(*, path: str) -> Q:
    """Match users who were not switched off, where users can be."""
    if _has_column(get_user_model(), "is_active"):
        return Q(**{f"{path}__is_active": True})
    return Q(**{f"{path}__isnull": False})


def active_sql(key: str, *, model: type[Model] | None = None) -> str:
    """
    Write in SQL what `active` asks, of the user whose key stands in a column; true of nobody.

    :param model: whose rows users are; None for the project's own
    """
    model = model or get_user_model()
    if not _has_column(model, "is_active"):
        return "true"
    field: Any = model._meta.get_field("is_active")  # noqa: SLF001 - public by Django's word
    of = field.model._meta  # noqa: SLF001 - a parent has the column where tables inherit
    return (
        f'coalesce((SELECT users."{field.column}" FROM "{of.db_table}" AS users'  # noqa: S608
        f' WHERE users."{of.pk.column}" = {key}), true)'
    )


def with_address(email: str) -> QuerySet[Any]:
    """Find users who were not switched off by address; none where it is no column."""
    user: Any = get_user_model()
    people = user._base_manager.order_by("pk")  # noqa: SLF001 - public by Django's word
    if not _has_column(user, _email_field(user)):
        return people.none()  # type: ignore[no-any-return]
    people = people.filter(**{f"{_email_field(user)}__iexact": email})
    if _has_column(user, "is_active"):
        people = people.filter(is_active=True)
    return people  # type: ignore[no-any-return]


def _email_field(user: Any) -> str:
    return str(getattr(user, "EMAIL_FIELD", "email"))


def _has_column(model: type[Model], field: str) -> bool:
    try:
        model._meta.get_field(field)  # noqa: SLF001
    except FieldDoesNotExist:
        return False
    return True
