"""
The log-in of a person who is erased: staff's log, and the user's own row.

Each is there only where the project has it. The user's row is deleted. Where that is refused,
as for staff who gave refunds, or where the model keeps its rows, a key without a person stays.
"""

from hashlib import sha256
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.db.models import ProtectedError, Q, RestrictedError

ERASED = "erased"


def clear_staff_log(user: AbstractBaseUser) -> int:
    """Keep what staff did to a person, without whom; return how many entries that are."""
    if not apps.is_installed("django.contrib.admin"):
        return 0
    about = _is_about(user)
    for address in _rows_of_allauth(user):
        about |= _is_about(address)
    entries = apps.get_model("admin", "LogEntry").objects.filter(about)
    cleared: int = entries.update(object_repr="[erased]", change_message="")
    return cleared


def remove(user: AbstractBaseUser) -> None:
    """Delete a user's row, or leave nothing of the person in it."""
    users = get_user_model()._base_manager  # noqa: SLF001 - public by Django's word
    try:
        with transaction.atomic():
            users.get(pk=user.pk).delete()
    except (ProtectedError, RestrictedError):
        pass
    _rows_of_allauth(user).delete()
    users.filter(pk=user.pk).update(**nobody(user))


def nobody(user: models.Model) -> dict[str, Any]:
    """
    Give what a user's fields say once there is no person: text and days go, and so does power.

    Keys, relations, numbers and instants stay. A text that must be unique is made of the key.
    """
    values: dict[str, Any] = {}
    for field in user._meta.concrete_fields:  # noqa: SLF001 - public by Django's word
        if field.name == "password":
            values[field.name] = make_password(None)
        elif field.name in {"is_active", "is_staff", "is_superuser"}:
            values[field.name] = False
        elif _says_something(field):
            values[field.name] = _nothing(field, user)
    return values


def _says_something(field: Any) -> bool:
    if field.primary_key or field.is_relation:
        return False
    if isinstance(field, models.DateField):  # a birthday; an instant is not
        return field.null and not isinstance(field, models.DateTimeField)
    return isinstance(
        field,
        models.CharField
        | models.TextField
        | models.JSONField
        | models.FileField
        | models.GenericIPAddressField,
    )


def _nothing(field: Any, user: models.Model) -> Any:
    if field.null:
        return None
    if _is_unique(field, user):
        return _placeholder(field, str(user.pk))
    if isinstance(field, models.JSONField):
        return field.get_default() if field.has_default() else {}
    if field.choices:
        return field.get_default()
    return ""


def _placeholder(field: Any, key: str) -> str:
    """Make a text that no other erased user has, of the key or, where that is long, a digest."""
    if isinstance(field, models.EmailField):
        return f"{ERASED}-{key}@{ERASED}.invalid"
    text = f"{ERASED}-{key}"
    if field.max_length is None or len(text) <= field.max_length:
        return text
    return sha256(key.encode()).hexdigest()[: field.max_length]


def _is_unique(field: Any, user: models.Model) -> bool:
    if field.unique:
        return True
    return any(
        field.name in constraint.fields or f"F({field.name})" in repr(constraint)
        for constraint in user._meta.constraints  # noqa: SLF001 - public by Django's word
        if isinstance(constraint, models.UniqueConstraint)
    )


def _rows_of_allauth(user: AbstractBaseUser) -> Any:
    """Find the addresses that allauth keeps of a user, where it is installed."""
    if not apps.is_installed("allauth.account"):
        return get_user_model()._base_manager.none()  # noqa: SLF001 - public by Django's word
    return apps.get_model("account", "EmailAddress").objects.filter(user_id=user.pk)


def _is_about(row: models.Model) -> Q:
    types = apps.get_model("contenttypes", "ContentType").objects
    return Q(content_type=types.get_for_model(row), object_id=str(row.pk))
