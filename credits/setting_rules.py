"""
What a value of a setting must be: one rule each, for the checks of every app.

What is left out has its default, and is not looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.core.checks import CheckMessage, Error

_UNSET: Final = object()


class Rule(NamedTuple):
    """`id` is that of the check; `expected` says what a value is that keeps the rule."""

    id: str
    is_kept: Callable[[Any], bool]
    expected: str


SWITCH: Final = "True or False"


def broken(
    rules: Mapping[str, Rule], *, read: Callable[..., Any]
) -> Iterator[tuple[str, CheckMessage]]:
    """
    Give each setting whose value breaks its rule, by name, and the check's error.

    What it is set to is never said: a secret may have come into the wrong line.

    :param read: reads a setting: `read(name, default=...)`
    """
    for name, rule in rules.items():
        value = read(name, default=_UNSET)
        if value is not _UNSET and not rule.is_kept(value):
            message = f"{name} is not {rule.expected}."
            yield name, Error(message, hint=f"Correct {name}.", id=rule.id)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def is_at_least(least: int) -> Callable[[Any], bool]:
    """Make a rule of a whole number."""
    return lambda value: isinstance(value, int) and is_number(value) and value >= least


def is_within(least: int, most: int) -> Callable[[Any], bool]:
    """Make a rule of a whole number between two others, which it may be as well."""
    return lambda value: is_at_least(least)(value) and value <= most
