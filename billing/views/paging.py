"""
Pages of long lists by keyset: the last row seen says where the next page begins.

No page counts rows or skips them, so the thousandth page costs what the first does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Line = TypeVar("Line")  # a row, or what `values_list` makes of it

ROWS = 50
BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    rows: list[Row]
    # Where the next page begins, as its list writes it; empty on the last page.
    older: str
    is_first: bool


def page(ordered: "QuerySet[Row]", *, is_first: bool, cursor: Callable[[Row], str]) -> Page[Row]:
    """Take one page of an ordered queryset that begins where the page shall begin."""
    rows = list(ordered[: ROWS + 1])
    shown = rows[:ROWS]
    return Page(rows=shown, older=cursor(shown[-1]) if len(rows) > ROWS else "", is_first=is_first)


def stream(
    after: Callable[[Line | None], "QuerySet[Any, Line]"], *, batch: int = BATCH
) -> Iterator[Line]:
    """
    Yield all rows, a batch a query: no cursor stays open, so any connection pool will do.

    :param after: gives the ordered rows that follow one, or all of them after None
    """
    last: Line | None = None
    while True:
        rows = list(after(last)[:batch])
        yield from rows
        if len(rows) < batch:
            return
        last = rows[-1]
