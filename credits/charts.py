"""
Bars for a few numbers a day, as an SVG of plain attributes.

Geometry only: the colours are the stylesheet's, and each number also stands in a table below.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

# The picture is stretched to the width of the page, so texts stand beside it, not in it.
WIDTH, HEIGHT = 600, 140
GAP = 0.3  # of a day's room


@dataclass(frozen=True, kw_only=True)
class Series:
    """One number a day, in the same unit as the other series of its chart."""

    name: str
    css_class: str
    values: Sequence[int]
    # The same numbers as a person reads them.
    shown: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    css_class: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    title: str
    summary: str
    days: Sequence[date]
    series: Sequence[Series]
    bars: Sequence[Bar]
    top: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def rows(self) -> list[tuple[date, list[str]]]:
        """The table below: days, newest first, and what each series has of them."""
        columns = zip(*(series.shown for series in self.series), strict=True)
        return list(zip(self.days, map(list, columns), strict=True))[::-1]


def draw(
    *, title: str, summary: str, days: Sequence[date], series: Sequence[Series]
) -> Chart | None:
    """
    Place the bars of each day side by side; none where there is nothing to show.

    A day on which more came back than went out has a value below zero and no bar.
    """
    top, tallest = max(_values(series), default=(0, ""))
    if top <= 0:
        return None
    room = WIDTH / len(days)
    width = room * (1 - GAP) / len(series)
    bars = []
    for place, one in enumerate(series):
        for number, (value, shown) in enumerate(zip(one.values, one.shown, strict=True)):
            if value <= 0:
                continue
            height = _height(value, top)
            bars.append(
                Bar(
                    x=round(room * (number + GAP / 2) + width * place, 2),
                    y=round(HEIGHT - height, 2),
                    width=round(width, 2),
                    height=round(height, 2),
                    css_class=one.css_class,
                    title=f"{days[number]:%Y-%m-%d} {one.name}: {shown}",
                )
            )
    return Chart(title=title, summary=summary, days=days, series=series, bars=bars, top=tallest)


def stack(
    *,
    title: str,
    summary: str,
    days: Sequence[date],
    series: Sequence[Series],
    write: Callable[[int], str],
) -> Chart | None:
    """
    Place what each series has of a day on top of one another, the first at the bottom.

    :param write: how a person reads a number; the tallest day's is written beside the bars
    """
    tops = [sum(max(0, one.values[number]) for one in series) for number in range(len(days))]
    top = max(tops, default=0)
    if top <= 0:
        return None
    room = WIDTH / len(days)
    bars = []
    for number, day in enumerate(days):
        floor = float(HEIGHT)
        for one in series:
            if one.values[number] <= 0:
                continue
            height = min(_height(one.values[number], top), floor)
            floor -= height
            bars.append(
                Bar(
                    x=round(room * (number + GAP / 2), 2),
                    y=round(floor, 2),
                    width=round(room * (1 - GAP), 2),
                    height=round(height, 2),
                    css_class=one.css_class,
                    title=f"{day:%Y-%m-%d} {one.name}: {one.shown[number]}",
                )
            )
    return Chart(title=title, summary=summary, days=days, series=series, bars=bars, top=write(top))


def _values(series: Sequence[Series]) -> Iterator[tuple[int, str]]:
    for one in series:
        yield from zip(one.values, one.shown, strict=True)


def _height(value: int, top: int) -> float:
    """Measure a bar; the smallest can still be seen."""
    return max(1.0, HEIGHT * value / top)
