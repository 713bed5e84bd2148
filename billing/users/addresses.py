"""Which address a user has, and who has an address."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class SeveralUsers(Exception):
    """An address belongs to more than one user."""

    def __init__(self, *, address: str, keys: list[str]) -> None:
        super().__init__(f"{address} belongs to {len(keys)} users: {', '.join(keys)}.")
        self.address = address
        self.keys = keys


def address(user: "AbstractBaseUser | AnonymousUser") -> str:
    """Give the e-mail address of today; empty for a user who has none, or is not signed in."""
    field = address_field()
    return str(getattr(user, field, None) or "") if field else ""


def addresses(user: AbstractBaseUser) -> set[str]:
    """Collect every address that this site knows of a user, older and unverified ones too."""
    found = {address(user)}
    if apps.is_installed("allauth.account"):
        rows = apps.get_model("account", "EmailAddress").objects.filter(user_id=user.pk)
        found.update(rows.values_list("email", flat=True))
    return found - {""}


def find(name: str) -> AbstractBaseUser | None:
    """
    Find a user by primary key, or by any address of theirs in any case.

    :raises SeveralUsers: if the address belongs to more than one; name one by key
    """
    by_key = with_key(name)
    if by_key is not None:
        return by_key
    users = list(having(name))
    if len(users) > 1:
        raise SeveralUsers(address=name, keys=sorted(str(user.pk) for user in users))
    return users[0] if users else None


def having(email: str) -> QuerySet[AbstractBaseUser]:
    """Find the users with an address, in any case: on the user, or an older or unverified one."""
    field = address_field()
    found = Q(**{f"{field}__iexact": email}) if field else Q(pk=None)
    if apps.is_installed("allauth.account"):
        rows = apps.get_model("account", "EmailAddress").objects.filter(email__iexact=email)
        found |= Q(pk__in=rows.values("user_id"))
    users: QuerySet[AbstractBaseUser] = _users().filter(found)
    return users


def with_key(name: str) -> AbstractBaseUser | None:
    """Find a user by primary key, written as text."""
    try:
        user: AbstractBaseUser | None = _users().filter(pk=name).first()
    except (ValueError, ValidationError):  # not what a key of this model looks like
        return None
    return user


def address_field() -> str | None:
    """Name the field of the user model that holds the address, if it has one."""
    model = get_user_model()
    name: str = getattr(model, "EMAIL_FIELD", None) or "email"
    try:
        model._meta.get_field(name)  # noqa: SLF001 - public by Django's word
    except FieldDoesNotExist:
        return None
    return name


def _users() -> Any:
    """Give every user, also those whom the host's own manager leaves out."""
    return get_user_model()._base_manager.all()  # noqa: SLF001 - public by Django's word
