"""Where bars stand."""

from datetime import date
from itertools import pairwise

from credits import charts


class TestDrawing:
    def draw(self, *values):
        days = [date(2026, 1, 1 + number) for number in range(len(values[0]))]
        series = [
            charts.Series(name=f"S{n}", css_class="bar", values=of, shown=[str(v) for v in of])
            for n, of in enumerate(values)
        ]
        return charts.draw(title="T", summary="S", days=days, series=series)

    def test_the_tallest_bar_fills_the_height(self):
        chart = self.draw([1, 4, 2])

        assert [bar.height for bar in chart.bars] == [35, 140, 70]
        assert [bar.y + bar.height for bar in chart.bars] == [140, 140, 140]
        assert chart.top == "4"

    def test_bars_stay_inside_and_apart(self):
        bars = sorted(self.draw([5] * 30, [3] * 30).bars, key=lambda bar: bar.x)

        assert bars[0].x >= 0
        assert bars[-1].x + bars[-1].width <= charts.WIDTH
        for left, right in pairwise(bars):
            assert left.x + left.width <= right.x + 0.02

    def test_a_day_below_zero_has_no_bar(self):
        assert len(self.draw([5, -5, 0]).bars) == 1

    def test_a_small_number_is_still_seen(self):
        assert min(bar.height for bar in self.draw([1, 10**6]).bars) == 1

    def test_nothing_is_drawn_of_nothing(self):
        assert self.draw([0, 0]) is None


class TestStacking:
    def stack(self, *values):
        days = [date(2026, 1, 1 + number) for number in range(len(values[0]))]
        series = [
            charts.Series(name=f"S{n}", css_class="bar", values=of, shown=[str(v) for v in of])
            for n, of in enumerate(values)
        ]
        return charts.stack(title="T", summary="S", days=days, series=series, write=str)

    def test_the_tallest_day_fills_the_height_with_what_each_has_of_it(self):
        chart = self.stack([1, 3, 0], [1, 1, 2])

        assert [(bar.y, bar.height) for bar in chart.bars] == [
            (105, 35),
            (70, 35),
            (35, 105),
            (0, 35),
            (70, 70),
        ]
        assert chart.top == "4"

    def test_a_day_below_zero_takes_nothing_off_the_others(self):
        assert [bar.height for bar in self.stack([5, -5], [5, 5]).bars] == [70, 70, 70]

    def test_small_numbers_are_seen_and_stay_inside(self):
        bars = self.stack([10**6], *[[1]] * 9).bars

        assert min(bar.height for bar in bars if bar.height) >= 0
        assert min(bar.y for bar in bars) >= 0
        assert max(bar.y + bar.height for bar in bars) <= charts.HEIGHT

    def test_nothing_is_drawn_of_nothing(self):
        assert self.stack([0, 0], [0, -1]) is None
