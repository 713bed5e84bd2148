"""Who decides about other people's money: any user model that knows permissions."""

from typing import Any, Protocol


class Staff(Protocol):
    """A user with Django's `PermissionsMixin`, or with a `has_perm` of the host's own."""

    @property
    def pk(self) -> Any: ...

    def has_perm(self, perm: str, obj: Any = None) -> bool: ...
