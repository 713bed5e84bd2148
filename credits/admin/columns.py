"""Columns that several lists have."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from credits import users
from credits.admin.links import object_link
from credits.models import Account

# How the ledger's `actor` begins where a colleague acted, and who else acts.
STAFF: Final = "staff:"
WHO: Final[Mapping[str, str | Promise]] = {
    "": _("the application"),
    "system": _("the system"),
    "stripe": "Stripe",
}


def number(credits: int) -> str:
    """Write a number of credits in the reader's language."""
    return number_format(credits, force_grouping=True)


def change(credits: int) -> str:
    """Write what an operation did to a balance, with its sign."""
    return ("+" if credits > 0 else "") + number(credits)


def clipped(value: object, *, text: bool = False) -> SafeString | str:
    """
    Write an id, or a longer `text`, that is cut off where its column ends.

    All of it is in the page: the pointer shows it, a search finds it, copying it takes it whole.
    """
    whole = "" if value is None else str(value)
    kind = "clipped text" if text else "clipped"
    return (
        format_html('<span class="{}" title="{}">{}</span>', kind, whole, whole) if whole else "-"
    )


def holder(account: Account) -> str:
    """Name the person who holds an account, or the account of who was erased."""
    return users.name(account.user) if account.user else str(account)


def staff(user: Any) -> str:
    """Name a colleague as the ledger's `actor` does."""
    return f"{STAFF}{user.pk}"


def people(actors: Iterable[str]) -> dict[str, str]:
    """Name who acted, for all rows of a page: colleagues by address, in one query."""
    known = set(actors)
    keys = {
        actor: users.key_from(actor[len(STAFF) :]) for actor in known if actor.startswith(STAFF)
    }
    found = get_user_model()._default_manager.in_bulk(  # noqa: SLF001
        [key for key in keys.values() if key is not None]
    )
    named = {actor: users.name(found[key]) for actor, key in keys.items() if key in found}
    return {actor: named.get(actor) or str(WHO.get(actor, actor)) for actor in known}


def person(actor: str) -> str:
    """Name who acted; one query, so not for lists."""
    return people([actor])[actor] if actor else "-"


class AccountColumn:
    """For rows with an account, or none; their list selects `account__user`."""

    @admin.display(description=_("account"))
    def account_link(self, row: Any) -> str:
        if row.account is None:
            return "-"
        return object_link(row.account, clipped(holder(row.account), text=True))


class LotColumn:
    """For rows with a lot; their list selects `lot`."""

    @admin.display(description=_("lot"))
    def lot_link(self, row: Any) -> str:
        return object_link(row.lot)


class AmountColumn:
    """For rows with a signed `amount` of credits."""

    @admin.display(description=_("credits"))
    def change(self, row: Any) -> str:
        return change(row.amount)
