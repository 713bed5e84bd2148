"""
How keys of the ledger are written by those who write them for somebody else.

A key that a client gave may stand in the ledger with more around it. An app that writes keys so
registers how, and searches find them as the client knows them.
"""

from collections.abc import Callable, Sequence

# What somebody typed → the keys of the ledger that it may be.
Spelling = Callable[[str], Sequence[str]]

_spellings: list[Spelling] = []


def register(spelling: Spelling) -> None:
    """Let `spelling` say how keys stand in the ledger."""
    _spellings.append(spelling)


def spellings(term: str) -> list[str]:
    """List the keys of the ledger that a term may be, itself first."""
    return [term, *(key for spelling in _spellings for key in spelling(term))]
