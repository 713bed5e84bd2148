"""
Reasons that rows keep as a code and say in the reader's own language.

A row keeps the code and its values, `other_invoice {"invoice": "in_1"}`. What each code says stands
in one table, an app its own.
"""

import json
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise

# Of what somebody else said, at most so many characters are kept.
LONGEST_VALUE: Final = 1000


class Wording:
    """One app's table: by code, the words, with `%(name)s` for each value."""

    def __init__(self, words: Mapping[str, str | Promise]) -> None:
        self.words = words

    def code(self, name: str, /, **values: object) -> str:
        """
        Write a reason as a row keeps it.

        :raises KeyError: if there are no words for it, or a value that they want is missing
        """
        kept = {key: _fit(value) for key, value in values.items()}
        str(self.words[name]) % kept
        return f"{name} {json.dumps(kept, ensure_ascii=False)}" if kept else name

    def say(self, stored: str) -> str:
        """Say in words what a row keeps: a reason a line. What is no code is said as it is."""
        return " ".join(self._say_one(line) for line in stored.splitlines())

    def _say_one(self, line: str) -> str:
        name, _blank, values = line.partition(" ")
        if name not in self.words:
            return line
        try:
            return str(self.words[name]) % (json.loads(values) if values else {})
        except (KeyError, TypeError, ValueError):
            return line


def _fit(value: object) -> str:
    """PostgreSQL keeps no NUL."""
    return str(value).replace("\0", "")[:LONGEST_VALUE]
