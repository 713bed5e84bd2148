"""
Numbers that can be said on the phone.

Of a purchase, `C-8F51371C`, the beginning of the UUID: two may share one, once in billions of
pairs, and whoever looks for it is shown both. Of a statement, `S-2026-11-4E7A90D2`, the month and
what all statements of its account have in common.
"""

import unicodedata
from datetime import date
from typing import Final
from uuid import UUID

PREFIX: Final = "C"
STATEMENT: Final = "S"
DIGITS: Final = 8  # hexadecimal

# What people hear or read instead of a digit. (B and D are digits themselves.)
_MEANT: Final = str.maketrans("OQILZSG", "0011256")
_HEXADECIMAL: Final = frozenset("0123456789ABCDEF")


def write(uuid: UUID) -> str:
    return f"{PREFIX}-{uuid.hex[:DIGITS].upper()}"


def write_statement(month: date, code: str) -> str:
    return f"{STATEMENT}-{month:%Y-%m}-{code}"


def read_statement(text: str) -> str | None:
    """Read the number of a statement as somebody typed it, and give what is its account's own."""
    signs = _signs(text)
    if not signs.startswith(STATEMENT) or len(signs) != len(f"{STATEMENT}202611") + DIGITS:
        return None
    return _digits(signs[-DIGITS:])


def read(text: str) -> tuple[UUID, UUID] | None:
    """
    Read a short number as somebody typed it, and give the first and the last UUID that it means.

    In any case and any width, with or without the letter, with whatever dashes and blanks; an O
    is a 0, and so on. None where it cannot be a short number.
    """
    signs = _signs(text)
    if len(signs) == DIGITS + len(PREFIX):
        signs = signs.removeprefix(PREFIX)
    digits = _digits(signs)
    if digits is None:
        return None
    rest = 32 - DIGITS
    return UUID(digits + "0" * rest), UUID(digits + "F" * rest)


def _signs(text: str) -> str:
    typed = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in typed if not _is_passed_over(sign))


def _digits(signs: str) -> str | None:
    digits = signs.translate(_MEANT)
    is_one = len(digits) == DIGITS and _HEXADECIMAL.issuperset(digits)
    return digits if is_one else None


def _is_passed_over(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in {"Pd", "Cf"}
