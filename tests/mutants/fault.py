"""A fault that a tired person would make: a text that is replaced, and the tests that notice it."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent


class Misfit(Exception):
    """The file does not read as the fault says. The message says what is wrong."""


@dataclass(frozen=True)
class Fault:
    # What is wrong once it is planted.
    name: str
    file: str
    # Stands in the file exactly once.
    old: str
    new: str
    # What pytest is given, under `tests/`: files, or classes in them, parted by blanks.
    tests: str

    def planted_in(self, text: str) -> str:
        """
        Give a file's text with this fault in it.

        :raises Misfit: if what it replaces is not there, or more than once
        """
        if (times := text.count(self.old)) != 1:
            raise Misfit(f"{self.name}: {self.file} reads {self.old!r} {times} times, not once.")
        return text.replace(self.old, self.new)

    @property
    def is_of_database(self) -> bool:
        """Whether only a database that is made anew has it."""
        return self.file.endswith(".sql") or "/migrations/" in self.file
