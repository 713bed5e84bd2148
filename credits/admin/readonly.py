"""
Pages for tables that only the ledger or Stripe writes: look, search, follow links, nothing else.

They stay quick on tables of any size: no full count, no sort without an index, no page that
asks once for each row.
"""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from credits.admin.exporting import ExportsCsv
from credits.admin.narrowing import DefaultFilters
from credits.admin.notes import SaysNotes
from credits.admin.searching import SearchByShape

COUNTED_ROWS = 10_000


class CappedPaginator(Paginator):
    """
    Counts no further than the first `COUNTED_ROWS` rows, and pages no further either.

    Whoever needs row ten thousand and one searches for it.
    """

    @property
    def is_cut_off(self) -> bool:
        return self.count == COUNTED_ROWS

    @cached_property
    def count(self) -> int:
        # In the order of the page: what was asked for is mostly among the newest rows.
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows[:COUNTED_ROWS].count()


class NoWriting:
    """No add, no change, no delete: not for superusers either."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(NoWriting, SaysNotes, ExportsCsv, DefaultFilters, SearchByShape):
    """A list and a page for each row, both as cheap as their indexes."""

    actions = None
    list_per_page = 50
    paginator = CappedPaginator
    # Newest first, by the primary key's index; any other order would sort the whole table.
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    class Media:
        css = {"all": ["credits/admin.css", "credits/lists.css"]}


class ReadOnlyInline(NoWriting, admin.TabularInline):
    """Rows that belong to the page's object. For relations with a few rows only."""

    can_delete = False
    extra = 0
    max_num = 0
    template = "admin/credits/rows.html"

    class Media:
        css = {"all": ["credits/admin.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Who may see the whole may see its parts.
        return True
