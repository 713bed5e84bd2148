"""
Numbers of purchases that can be said on the phone: `C-8F51371C`, the beginning of the UUID.

Two purchases may share one, once in billions of pairs: whoever looks for it is shown both.
"""

import unicodedata
from typing import Final
from uuid import UUID

PREFIX: Final = "C"
DIGITS: Final = 8  # hexadecimal

# What people hear or read instead of a digit. (B and D are digits themselves.)
_MEANT: Final = str.maketrans("OQILZSG", "0011256")
_HEXADECIMAL: Final = frozenset("0123456789ABCDEF")


def write(uuid: UUID) -> str:
    return f"{PREFIX}-{uuid.hex[:DIGITS].upper()}"


def read(text: str) -> tuple[UUID, UUID] | None:
    """
    Read a short number as somebody typed it, and give the first and the last UUID that it means.

    In any case and any width, with or without the letter, with whatever dashes and blanks; an O
    is a 0, and so on. None where it cannot be a short number.
    """
    typed = unicodedata.normalize("NFKC", text).upper()
    signs = "".join(sign for sign in typed if not _is_passed_over(sign))
    if len(signs) == DIGITS + len(PREFIX):
        signs = signs.removeprefix(PREFIX)
    digits = signs.translate(_MEANT)
    if len(digits) != DIGITS or not _HEXADECIMAL.issuperset(digits):
        return None
    rest = 32 - DIGITS
    return UUID(digits + "0" * rest), UUID(digits + "F" * rest)


def _is_passed_over(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in {"Pd", "Cf"}
