"""The code blocks of a page such as `docs/install.md`, by the heading that they stand under."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.processes import PROJECT

INSTALL = PROJECT / "docs" / "install.md"
FENCED = re.compile(
    r"^(?P<not_run><!-- not run: [^\n]+ -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# A block's first line names its file, in a comment of its language.
NAMED = re.compile(r"(?:#|\{#|<!--|/\*) (?P<file>[\w./-]*\.\w+)(?: #\}| -->| \*/)?\n")


@dataclass(frozen=True)
class Block:
    """Commands to run where `file` is empty, else lines to add to that file."""

    file: str
    text: str


def section(heading: str, *, of: Path = INSTALL) -> list[Block]:
    """
    List what stands under a heading of the second or third level, up to the next one.

    :raises KeyError: if there is no such heading
    :raises ValueError: if a block is neither commands nor names its file
    """
    parts = re.split(r"^##+ (.+)$\n", of.read_text(), flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))[heading]
    return [_block(found) for found in FENCED.finditer(text) if not found["not_run"]]


def _block(found: re.Match[str]) -> Block:
    if found["language"] == "sh":
        return Block("", found["text"])
    named = NAMED.match(found["text"])
    if named is None:
        raise ValueError(f"A block names no file:\n{found['text']}")
    return Block(named["file"], found["text"])
