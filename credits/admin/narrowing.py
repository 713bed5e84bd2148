"""
What a list shows before anybody asked for something: what matters, and not the noise around it.

The default stands in the address as if somebody had chosen it, so that the page shows it, links
keep it and any other choice takes it away. A search looks at all rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.http import HttpRequest, HttpResponse


class DefaultFilters(admin.ModelAdmin):
    """A list that begins with `default_filters`: names and values as a filter's link has them."""

    default_filters: ClassVar[Mapping[str, str]] = {}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.default_filters and request.method == "GET" and not request.GET:
            chosen = request.GET.copy()
            chosen.update(self.default_filters)
            request.GET = chosen  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)


@dataclass(frozen=True, kw_only=True)
class Choice:
    text: Any
    url: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Menu:
    """One filter of a list. `chosen` is empty where it lets everything through."""

    title: str
    chosen: Any
    choices: list[Choice]


def menus(cl: ChangeList) -> list[Menu]:
    """Give the filters of a list as menus."""
    return [_menu(cl, spec) for spec in cl.filter_specs]


def all_rows(cl: ChangeList) -> str:
    """Give the address of a list without any filter, its default included."""
    return _unfiltered(cl, str(cl.clear_all_filters_qs))


def search_params(cl: ChangeList) -> Iterable[tuple[str, str]]:
    """Give what a search keeps of the list's address: all that was chosen, and no default."""
    defaults = getattr(cl.model_admin, "default_filters", {})
    return [
        (name, value)
        for name, value in cl.params.items()
        if name != SEARCH_VAR and defaults.get(name) != value
    ]


def _menu(cl: ChangeList, spec: Any) -> Menu:
    choices = [
        Choice(
            text=choice["display"],
            url=_unfiltered(cl, choice["query_string"]),
            is_chosen=bool(choice["selected"]),
        )
        for choice in spec.choices(cl)
    ]
    # The first choice of each of Django's filters is that all rows match.
    chosen = next((choice.text for choice in choices[1:] if choice.is_chosen), "")
    return Menu(title=spec.title, chosen=chosen, choices=choices)


def _unfiltered(cl: ChangeList, query: str) -> str:
    """Say in the address that everything is wanted, where an empty one means the default."""
    has_default = bool(getattr(cl.model_admin, "default_filters", None))
    return f"?{PAGE_VAR}=1" if has_default and query == "?" else query
