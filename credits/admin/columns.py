"""Columns that several lists have."""

from typing import Any

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from credits.admin.links import object_link
from credits.models import Account


def number(credits: int) -> str:
    """Write a number of credits in the reader's language."""
    return number_format(credits, force_grouping=True)


def change(credits: int) -> str:
    """Write what an operation did to a balance, with its sign."""
    return ("+" if credits > 0 else "") + number(credits)


def holder(account: Account) -> str:
    """Name the person who holds an account by the address that staff know them by."""
    return account.user.email or str(account.user) if account.user else str(account)


class AccountColumn:
    """For rows with an account; their list selects `account__user`."""

    @admin.display(description=_("account"))
    def account_link(self, row: Any) -> str:
        return object_link(row.account, holder(row.account))


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
