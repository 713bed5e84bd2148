"""Usage as people see it: bars by day, stacked by operation, and how each is called."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from credits import charts
from credits.charts import Chart, Series
from credits.usage import Usage, Use

# Operations with a colour of their own; beyond, and what named none, is one more.
COLOURS = 4


def draw(usage: Usage) -> Chart | None:
    """Draw a usage; None where nothing was used."""
    named = [use for use in usage.uses if use.name]
    shown = named[:COLOURS]
    rest = [use for use in usage.uses if use not in shown]
    series = [
        _series(usage, [use], name=use.name, css_class=f"bar-{number}")
        for number, use in enumerate(shown, start=1)
    ]
    if rest:
        series.append(_series(usage, rest, name=other(usage), css_class="bar-other"))
    return charts.stack(
        title=_("Credits used by day"),
        summary=_("In %(days)s days %(credits)s credits were used.")
        % {"days": len(usage.days), "credits": _number(usage.credits)},
        days=usage.days,
        series=series,
        write=_number,
    )


def other(usage: Usage) -> str:
    """Name what names no operation, beside what does and where nothing does."""
    return _("Other") if any(use.name for use in usage.uses) else _("Used")


def _series(usage: Usage, uses: Sequence[Use], *, name: str, css_class: str) -> Series:
    values = [sum(use.by_day.get(day, 0) for use in uses) for day in usage.days]
    return Series(
        name=name, css_class=css_class, values=values, shown=[_number(value) for value in values]
    )


def _number(credits: int) -> str:
    return number_format(credits, force_grouping=True)
