"""
A voucher's code: 16 characters that cannot be taken for one another, 80 random bits.

In Crockford's alphabet (https://www.crockford.com/base32.html): no I, L, O and U, and who reads 0
for O or 1 for I or L is understood. `7K3M-9QXD-0VTB-2HNC` and `7k3m 9qxd ovtb 2hnc` are the same.
"""

import hashlib
import hmac
import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16
BITS: Final = 5  # a character
GROUP: Final = 4
_MISREAD: Final = str.maketrans("OIL", "011")


def code(seed: bytes, number: int) -> str:
    """Make the code of one voucher of a batch: always the same of the same seed."""
    digest = hmac.new(seed, str(number).encode(), hashlib.sha256).digest()
    bits = int.from_bytes(digest[: LENGTH * BITS // 8], "big")
    return "".join(ALPHABET[bits >> BITS * place & 31] for place in reversed(range(LENGTH)))


def normalized(typed: str) -> str:
    """Drop what people put between a code's characters: case, blanks, dashes of any kind."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(char for char in plain if char.isalnum()).translate(_MISREAD)


def digest(typed: str) -> str:
    """
    Give what a code is found by. It is too random for the fast hash to be tried out.

    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html is about what
    people choose.
    """
    return hashlib.sha256(f"voucher:{normalized(typed)}".encode()).hexdigest()


def grouped(code: str) -> str:
    """Write a code as people read it, in groups of four."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
