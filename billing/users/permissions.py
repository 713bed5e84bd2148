"""Who may decide about other people's money: each verb asks for itself, whoever calls it."""

from typing import Any, Final, Protocol

from django.core.exceptions import PermissionDenied

# Send money back through Stripe.
ISSUE_REFUND: Final = "billing.issue_refund"
# Decide on events that were set aside, and on payments that Stripe warned of.
RESOLVE_EVENT: Final = "billing.resolve_event"
# Switch somebody's automatic top-up off.
SWITCH_OFF_TOPUP: Final = "billing.switch_off_topup"


class Staff(Protocol):
    """A user with Django's `PermissionsMixin`, or with a `has_perm` of the host's own."""

    @property
    def pk(self) -> Any: ...

    def has_perm(self, perm: str, obj: Any = None) -> bool: ...


def require(person: Staff, permission: str) -> None:
    """
    Make sure that somebody may do this.

    :raises PermissionDenied: if not
    """
    if not person.has_perm(permission):
        raise PermissionDenied(f"{permission} is needed.")
