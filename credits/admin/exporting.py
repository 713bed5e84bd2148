"""
Lists as CSV files: all rows that the list's filters and search leave, not just those of its page.

For programs as much as for people: ids and codes as they stand in the tables, times in UTC by
ISO 8601, money in the currency's major unit with the currency beside it. Beside each column of
codes stands one of words, as pages say them in the reader's language. Rows come through a cursor in
the database, so that a million of them take no more memory than a thousand.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import connections, transaction
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.http.response import StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from credits import spreadsheets, users

log = logging.getLogger(__name__)

BATCH: Final = 2000  # rows that are fetched at once
# One snapshot for the whole file. Whoever reads slowly is waited for so long between two batches.
PATIENCE: Final = "5min"


_WRITERS: Final[Mapping[type, Callable[[Any], str | int]]] = {
    type(None): lambda _none: "",
    bool: lambda value: "true" if value else "false",
    int: lambda value: value,
    datetime: lambda value: value.astimezone(UTC).isoformat(timespec="seconds"),
    date: date.isoformat,
    dict: lambda value: json.dumps(value, ensure_ascii=False) if value else "",
}


def plain(value: object) -> str | int:
    """Write a value as it stands in its table; nothing where there is none."""
    return _WRITERS.get(type(value), str)(value)


@dataclass(frozen=True)
class Column:
    """
    One column of a file.

    `reads` are lookups of its list's model, `write` makes a cell of their values. `annotations` are
    those of the lookups that are no fields. `say` tells in words what a code means; a field with
    choices that is written as it stands needs none.
    """

    heading: str
    reads: Sequence[str]
    write: Callable[..., str | int] = plain
    annotations: Mapping[str, Any] = field(default_factory=dict)
    say: Callable[[Any], object] | None = None


def same(*names: str) -> list[Column]:
    """Give columns that are fields of the same name."""
    return [Column(name, (name,)) for name in names]


def coded(name: str, say: Callable[[Any], object]) -> Column:
    """Give a column that is a field of codes which are no choices, and what says them in words."""
    return Column(name, (name,), say=say)


def account(lookup: str) -> list[Column]:
    """Give the number of an account and, where addresses are a column, its holder's address."""
    address = users.address_lookup(f"{lookup}__user" if lookup != "pk" else "user")
    found = [Column("account", (f"{lookup}_id" if lookup != "pk" else "pk",))]
    return [*found, Column("address", (address,))] if address else found


class ExportsCsv(admin.ModelAdmin):
    """
    A list with a button *Export CSV*, where it says which columns.

    Whoever may see the list may have it as a file. `csv_columns` is called when there are models.
    """

    csv_columns: Callable[[], Sequence[Column]] | None = None

    @property
    def is_exported(self) -> bool:
        return self.csv_columns is not None

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [
            path("export.csv", self.admin_site.admin_view(self.export), name=name),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Send what is filtered as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if self.csv_columns is None:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            opts = self.opts
            return HttpResponseRedirect(
                reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") + "?e=1"
            )
        log.info("list_exported", extra={"model": self.opts.label, "staff": request.user.pk})
        name = f"{self.opts.model_name}-{timezone.localdate()}.csv"
        return StreamingHttpResponse(
            spreadsheets.written(lines(rows, self.csv_columns())),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def lines(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[str | int]]:
    """Yield the headings, then a line a row, fetched as they are asked for."""
    columns = list(_with_labels(columns, rows.model))
    yield [column.heading for column in columns]
    for column in columns:
        rows = rows.annotate(**column.annotations)
    names = list(dict.fromkeys(name for column in columns for name in column.reads))
    places = [[names.index(name) for name in column.reads] for column in columns]
    writers = [column.write for column in columns]
    for values in _fetched(rows.values_list(*names)):
        yield [
            write(*(values[place] for place in taken))
            for write, taken in zip(writers, places, strict=True)
        ]


def _with_labels(columns: Sequence[Column], model: type[Model]) -> Iterator[Column]:
    for column in columns:
        yield column
        say = column.say or _choices(model, column)
        if say is not None:
            yield Column(f"{column.heading}_in_words", column.reads, _labelled(say))


def _labelled(say: Callable[[Any], object]) -> Callable[[Any], str]:
    return lambda value: "" if value in {None, ""} else str(say(value))


def _choices(model: type[Model], column: Column) -> Callable[[Any], object] | None:
    is_field = column.write is plain and len(column.reads) == 1
    found = _field(model, column.reads[0]) if is_field else None
    known = dict(found.flatchoices) if found is not None else {}
    return (lambda value: known.get(value, value)) if known else None


def _field(model: type[Model], lookup: str) -> "Field[Any, Any] | None":
    """Find the field at the end of a lookup, if it is one."""
    of: Any = model
    for name in lookup.split("__"):
        try:
            found = of._meta.get_field(name)  # noqa: SLF001
        except FieldDoesNotExist:
            return None
        of = found.related_model
    return found if isinstance(found, Field) else None


def _fetched(rows: QuerySet[Any, Any]) -> Iterator[Sequence[Any]]:
    """
    Fetch rows through a server-side cursor, in a transaction of its own.

    There one works behind PgBouncer, too, where `iterator()` would fetch all rows at once, because
    DISABLE_SERVER_SIDE_CURSORS is set.
    """
    with transaction.atomic(using=rows.db):
        with connections[rows.db].cursor() as cursor:
            for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute("SELECT set_config(%s, %s, true)", [name, PATIENCE])
        compiler = rows.query.get_compiler(using=rows.db)
        yield from compiler.results_iter(tuple_expected=True, chunked_fetch=True, chunk_size=BATCH)
