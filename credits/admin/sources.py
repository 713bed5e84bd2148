"""
Where credits came from, as links: what gave them tells how its rows are found.

The ledger knows a lot's source as text, `purchase:<uuid>`. An app that grants registers the word
before the colon, and what finds all sources of a page at once.
"""

from collections.abc import Callable, Iterable, Mapping

from credits.models import CreditTransaction, Lot

# Sources, whole → what to show of each; one query however many there are.
Finder = Callable[[list[str]], Mapping[str, str]]

# Transactions → why they happened, by primary key, in words; as few queries for many as for one.
Causes = Callable[[Iterable[CreditTransaction]], Mapping[int, str]]

_finders: dict[str, Finder] = {}
_causes: list[Causes] = []


def register(prefix: str, finder: Finder) -> None:
    """Let `finder` find the sources that begin with `prefix` and a colon."""
    _finders[prefix] = finder


def register_causes(causes: Causes) -> None:
    """Let `causes` say what an app knows of why transactions happened."""
    _causes.append(causes)


def causes_of(rows: Iterable[CreditTransaction]) -> dict[int, str]:
    """Say why transactions happened, of those of which an app knows it."""
    rows = list(rows)
    return {pk: why for causes in _causes for pk, why in causes(rows).items()}


def links(lots: Iterable[Lot]) -> dict[str, str]:
    """Find the pages of what the lots came from, by source; what nobody knows is left out."""
    by_prefix: dict[str, set[str]] = {}
    for lot in lots:
        by_prefix.setdefault(lot.source.partition(":")[0], set()).add(lot.source)
    found: dict[str, str] = {}
    for prefix, sources in by_prefix.items():
        if finder := _finders.get(prefix):
            found.update(finder(sorted(sources)))
    return found
