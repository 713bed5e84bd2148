"""Lists of the staff's site stay quick on tables of any size: they sort by what has an index."""

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

# Tables that staff fill by hand, a row at a time: sorting all of one is nothing.
SMALL = {
    "auth.Group",
    "billing.CreditPlan",
    "billing.VoucherBatch",
    "credits.JobRun",
    "credits.Operation",
}
# Lists of a part of a table, which has an index of just that part.
PARTIAL = {"billing.FraudWarning": "payment_with_fraud_warning"}
# A view over two tables, read by the primary key of one.
VIEWS = {"credits.Movement"}
REGISTERED = [
    (model, page)
    for model, page in admin.site._registry.items()  # noqa: SLF001
    if model._meta.label not in SMALL | VIEWS  # noqa: SLF001
]


def indexes(model):
    """List the fields of each index that covers all of a table, or just what its list shows."""
    opts = model._meta  # noqa: SLF001
    for field in opts.concrete_fields:
        if field.primary_key or field.unique or field.db_index:
            yield (field.name,)
    yield from map(tuple, opts.unique_together)
    for index in [*opts.indexes, *opts.concrete_model._meta.indexes]:  # noqa: SLF001
        if index.fields and (not index.condition or PARTIAL.get(opts.label) == index.name):
            yield tuple(name.lstrip("-") for name in index.fields)
    for constraint in opts.constraints:
        if isinstance(constraint, models.UniqueConstraint) and not constraint.condition:
            yield tuple(constraint.fields)


def has_index(model, names):
    """Tell whether an index begins with these fields; the primary key at its end is for free."""
    key = model._meta.pk.name  # noqa: SLF001
    wanted = [key if name == "pk" else name for name in names]
    if len(wanted) > 1 and wanted[-1] == key:
        wanted = wanted[:-1]
    return any(list(found[: len(wanted)]) == wanted for found in indexes(model))


def sorted_by(page, column):
    """Give the field that a click on a column's heading sorts by."""
    try:
        return page.opts.get_field(column).name
    except FieldDoesNotExist:
        said = getattr(page, column, None) or getattr(page.model, column, None)
        return getattr(said, "admin_order_field", None)


def offered(page):
    columns = page.list_display if page.sortable_by is None else page.sortable_by
    return [field for column in columns if (field := sorted_by(page, column))]


@pytest.mark.parametrize(
    ("model", "listing"),
    REGISTERED,
    ids=[model._meta.label for model, _page in REGISTERED],  # noqa: SLF001
)
class TestList:
    def test_offers_to_sort_by_nothing_without_an_index(self, model, listing):
        without = [name for name in offered(listing) if not has_index(model, [name.lstrip("-")])]

        assert without == []

    def test_begins_in_the_order_of_an_index(self, model, listing):
        names = [name.lstrip("-") for name in listing.ordering or model._meta.ordering or ["pk"]]  # noqa: SLF001

        assert not any(LOOKUP_SEP in name for name in names)
        assert has_index(model, names)

    def test_goes_by_date_only_where_dates_have_an_index(self, model, listing):
        assert listing.date_hierarchy is None or has_index(model, [listing.date_hierarchy])


class TestSmallTables:
    def test_are_all_on_the_site(self):
        labels = {model._meta.label for model in admin.site._registry}  # noqa: SLF001

        assert labels >= SMALL | VIEWS | set(PARTIAL)
