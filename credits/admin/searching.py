"""
Search by what a term looks like, so that each search is answered by an index.

`icontains` over several columns, which is what the stock search does, reads the whole table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from credits import users
from credits.models import Account

# Accounts that the start of an e-mail address may match.
MATCHING_ACCOUNTS = 50


@dataclass(frozen=True)
class Finder:
    """A shape of term and the lookups that it is good for."""

    shape: str
    lookups: tuple[str, ...]

    def find(self, term: str) -> Q | None:
        """Match rows by a term of this shape; None for any other."""
        if not re.fullmatch(self.shape, term, re.ASCII):
            return None
        found = Q()
        for lookup in self.lookups:
            found |= Q(**{lookup: term})
        return found


def by_number(*lookups: str) -> Finder:
    return Finder(r"[0-9]{1,18}", lookups)


def by_uuid(*lookups: str) -> Finder:
    return Finder(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", lookups)


def by_prefix(prefix: str, *lookups: str) -> Finder:
    """Ids that start with a word of their maker's, such as Stripe's `pi_`."""
    return Finder(rf"(?:{prefix})\w+", lookups)


class SearchByShape(admin.ModelAdmin):
    """
    Searches by `finders` first, then by the person who holds the account.

    `account_path` is the lookup that leads to the account's id; empty where there is none.
    """

    finders: Sequence[Finder] = ()
    account_path = ""
    # The stock search is not used; the box is shown where this is not empty.
    search_fields = ("pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        for finder in self.finders:
            if (found := finder.find(term)) is not None:
                return queryset.filter(found), False
        if not self.account_path:
            return queryset.none(), False
        return queryset.filter(**{f"{self.account_path}__in": accounts_of(term)}), False


def accounts_of(term: str) -> list[int]:
    """List accounts of people whose address starts with this, or whose log-in name or key it is."""
    found = Account.objects.filter(users.matching(term, path="user")).order_by("pk")
    return list(found.values_list("pk", flat=True)[:MATCHING_ACCOUNTS])
