import csv
import io
import re

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from credits import spreadsheets
from credits.spreadsheets import disarmed

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\u2212"  # plain, full-width, small, a real minus
BLANKS = ' \u00a0\u3000\u2003\u200b\u2060\ufeff\x00\x07\x1f"'
BREAKS = ";|\t\n\r\v\f\u2028"

texts = st.text(st.sampled_from(SIGNS + BLANKS + BREAKS + "a1,'é点"), max_size=12) | st.text()


def cells(text):
    """Part a text wherever any spreadsheet might."""
    return re.split(r"[;|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text)


class TestDisarmed:
    @pytest.mark.parametrize("sign", SIGNS)
    @pytest.mark.parametrize(
        "before", ["", " ", "  ", "\u00a0", "\u3000", "\u200b", "\ufeff", '"', " \u00a0 "]
    )
    def test_marks_a_formula_behind_whatever_a_spreadsheet_passes_over(self, before, sign):
        assert disarmed(f"{before}{sign}1+1") == f"'{before}{sign}1+1"

    @pytest.mark.parametrize("start", ["\n", "\r", "\t", "\r\n"])
    def test_marks_a_formula_on_a_new_line(self, start):
        assert disarmed(f"{start}=1+1") == f"'{start}'=1+1"

    @pytest.mark.parametrize("start", ["\n", "\r", "\t"])
    def test_marks_a_break_at_the_beginning_by_itself(self, start):
        assert disarmed(f"{start}x") == f"'{start}x"

    @pytest.mark.parametrize(
        ("text", "safe"),
        [
            ("a;=1+1", "a;'=1+1"),
            ("a; =1+1", "a;' =1+1"),
            ('a;"=1+1&"', 'a;\'"=1+1&"'),
            ("a|@sum", "a|'@sum"),
            ("a\tb\n-2", "a\tb\n'-2"),
            ("=1;=2", "'=1;'=2"),
        ],
    )
    def test_marks_a_formula_after_what_may_begin_a_cell(self, text, safe):
        assert disarmed(text) == safe

    @pytest.mark.parametrize(
        "text", ["", "Job 17", "3 - 2 = 1", "a, - b", "é = x", "点数", "a;b", "line\nline", "it's"]
    )
    def test_leaves_other_texts_as_they_are(self, text):
        assert disarmed(text) == text

    @given(texts)
    @example('";=')
    def test_leaves_no_cell_that_begins_a_formula(self, text):
        for cell in cells(disarmed(text)):
            assert not re.match(rf"[\s\"{BLANKS}]*[{re.escape(SIGNS)}]", cell)

    @given(texts)
    def test_adds_apostrophes_and_changes_nothing_else(self, text):
        assert disarmed(text).replace("'", "") == text.replace("'", "")


class TestWritten:
    def test_begins_with_one_byte_order_mark_however_long_it_is(self):
        chunks = list(spreadsheets.written([[1, "x"]] * (spreadsheets.LINES + 1)))

        assert "".join(chunks).count("\ufeff") == 1
        assert chunks[0] == "\ufeff"

    def test_speaks_the_language_in_which_it_was_asked_for(self):
        lines = ([translation.get_language()] for _ in range(spreadsheets.LINES + 1))
        with translation.override("de"):
            chunks = spreadsheets.written(lines)

        text = "".join(chunks)

        assert text.count('"de"') == spreadsheets.LINES + 1
        assert translation.get_language() == "en"

    def test_keeps_numbers_numbers(self):
        assert "".join(spreadsheets.written([[-5, "-5"]])) == '\ufeff-5,"\'-5"\r\n'

    @given(st.lists(texts, min_size=1, max_size=3))
    def test_is_read_back_as_what_was_disarmed(self, line):
        text = "".join(spreadsheets.written([line])).removeprefix("\ufeff")

        assert list(csv.reader(io.StringIO(text, newline=""))) == [[disarmed(c) for c in line]]
