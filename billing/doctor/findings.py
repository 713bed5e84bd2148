"""What the doctor found, and how to fix it."""

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
    message: str
    fix: str = ""

    @classmethod
    def well(cls, message: str) -> Self:
        return cls(level=Level.WELL, message=message)

    @classmethod
    def watch(cls, message: str, fix: str = "") -> Self:
        return cls(level=Level.WATCH, message=message, fix=fix)

    @classmethod
    def wrong(cls, message: str, fix: str) -> Self:
        return cls(level=Level.WRONG, message=message, fix=fix)
