"""What the doctor found, and how to mend it."""

from dataclasses import dataclass
from enum import Enum
from typing import Self


class Level(Enum):
    WELL = "ok"
    WATCH = "watch"  # not broken, and somebody should know
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Finding:
    level: Level
    words: str
    mend: str = ""

    @classmethod
    def well(cls, words: str) -> Self:
        return cls(level=Level.WELL, words=words)

    @classmethod
    def watch(cls, words: str, mend: str = "") -> Self:
        return cls(level=Level.WATCH, words=words, mend=mend)

    @classmethod
    def wrong(cls, words: str, mend: str) -> Self:
        return cls(level=Level.WRONG, words=words, mend=mend)
