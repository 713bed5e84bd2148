"""
CSV files that people open in a spreadsheet: Excel, LibreOffice, Google Sheets.

A byte-order mark says that the file is UTF-8; Excel takes it for the system's own encoding without.
Texts that somebody typed are disarmed, so that none of them runs as a formula; numbers are ours,
and stay numbers (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final, TypeAlias

from django.utils import translation

Cell: TypeAlias = str | int | Decimal

BYTE_ORDER_MARK: Final = "\N{BYTE ORDER MARK}"
LINES: Final = 500  # in a chunk

# Where a spreadsheet that does not part cells at our commas, and so does not see our quotes either,
# begins a new cell: at its own separator, or on a new line.
_CELLS: Final = re.compile("([;|\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029])")
# What begins a formula, in the widths in which people type it.
_FORMULA: Final = frozenset("=+-@")
# Most cells: they begin with a letter or a digit, and nothing in them begins another cell.
_HARMLESS: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z _:.,/@+=-]*")
_MINUS: Final = "\N{MINUS SIGN}"
# These alone can begin one in some programs.
_ALONE: Final = ("\t", "\r", "\n")


def written(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """
    Write lines as CSV, many to a chunk: each chunk is a packet of its own.

    They are made in the language of now, also where the request is over by the time.
    """
    return _written(iter(lines), translation.get_language())


def _written(rest: Iterator[Sequence[Cell]], language: str | None) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    while chunk := _taken(rest, language):
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(map(_cells, chunk))
        yield text.getvalue()


def _taken(rest: Iterator[Sequence[Cell]], language: str | None) -> list[Sequence[Cell]]:
    with translation.override(language):
        return list(islice(rest, LINES))


def disarmed(text: str) -> str:
    """
    Put an apostrophe before whatever a spreadsheet would take for the beginning of a formula.

    That is `= + - @`, full-width ones too, behind any blanks and marks that nobody sees; at the
    beginning of the text, and after every character at which a spreadsheet may begin a new cell.
    """
    if _HARMLESS.fullmatch(text):
        return text
    parts = _CELLS.split(text)
    marked = "".join(f"'{part}" if _begins_formula(part) else part for part in parts)
    return f"'{text[:1]}{marked[1:]}" if text.startswith(_ALONE) else marked


def _cells(line: Sequence[Cell]) -> list[Cell]:
    return [disarmed(cell) if isinstance(cell, str) else cell for cell in line]


def _begins_formula(cell: str) -> bool:
    first = next((char for char in cell if not _is_passed_over(char)), "")
    return first == _MINUS or unicodedata.normalize("NFKC", first) in _FORMULA


def _is_passed_over(char: str) -> bool:
    """Whether a spreadsheet may drop it: a blank, a quote, a mark that nobody sees."""
    return char == '"' or char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}
