"""
The calls that the page of the API shows, in curl, Python and JavaScript.

Each is written once, here; a test runs all of them. `CREDITS_KEY` in the environment is the key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Stands for the name of a transaction or a hold that an answer gave.
SOME_ID = "17-204"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One call."""

    name: str
    title: str | Promise
    text: str | Promise
    method: str
    path: str
    key: str = ""
    body: Mapping[str, Any] | None = None

    def curl(self, root: str) -> str:
        lines = [f"curl {root}{self.path}", '  -H "Authorization: Bearer $CREDITS_KEY"']
        if self.key:
            lines.append(f'  -H "Idempotency-Key: {self.key}"')
        if self.body is not None:
            lines.append('  -H "Content-Type: application/json"')
            lines.append(f"  -d '{json.dumps(self.body)}'")
        return " \\\n".join(lines)

    def python(self, root: str) -> str:
        headers = ['"Authorization": f"Bearer {os.environ[\'CREDITS_KEY\']}"']
        if self.key:
            headers.append(f'"Idempotency-Key": "{self.key}"')
        lines = [
            "import os",
            "",
            "import requests",
            "",
            f"answer = requests.{self.method.lower()}(",
            f'    "{root}{self.path}",',
            "    headers={",
            *(f"        {header}," for header in headers),
            "    },",
            *([f"    json={json.dumps(self.body)},"] if self.body is not None else []),
            "    timeout=10,",
            ")",
            "print(answer.status_code, answer.json())",
        ]
        return "\n".join(lines)

    def javascript(self, root: str) -> str:
        headers = ["Authorization: `Bearer ${process.env.CREDITS_KEY}`"]
        if self.key:
            headers.append(f'"Idempotency-Key": "{self.key}"')
        if self.body is not None:
            headers.append('"Content-Type": "application/json"')
        lines = [
            f'const answer = await fetch("{root}{self.path}", {{',
            f'  method: "{self.method}",',
            "  headers: {",
            *(f"    {header}," for header in headers),
            "  },",
            *(
                [f"  body: JSON.stringify({json.dumps(self.body)}),"]
                if self.body is not None
                else []
            ),
            "});",
            "console.log(answer.status, await answer.json());",
        ]
        return "\n".join(lines)


EXAMPLES = [
    Example(
        name="balance",
        title=_("Read the balance"),
        text=_("How many credits can be spent now, and how many are held."),
        method="GET",
        path="/balance",
    ),
    Example(
        name="spend",
        title=_("Spend"),
        text=_(
            "All or nothing. The Idempotency-Key is your name for what happens: asked again, the"
            " first answer comes back and nothing is spent twice."
        ),
        method="POST",
        path="/spends",
        key="report:17",
        body={"credits": 3, "description": "Report 17"},
    ),
    Example(
        name="hold",
        title=_("Hold"),
        text=_("Sets credits aside for work whose price is not known yet."),
        method="POST",
        path="/holds",
        key="job:4",
        body={"credits": 100, "lasts": 3600},
    ),
    Example(
        name="capture",
        title=_("Capture"),
        text=_("Spends what the work used, and lets the rest go. The id is that of the hold."),
        method="POST",
        path=f"/holds/{SOME_ID}/capture",
        body={"credits": 42},
    ),
    Example(
        name="give-back",
        title=_("Give back"),
        text=_("Of a spend or of a captured hold, all or part of it."),
        method="POST",
        path="/give-backs",
        key="job:4:worthless",
        body={"transaction": SOME_ID, "credits": 42},
    ),
    Example(
        name="transactions",
        title=_("Read what happened"),
        text=_("Newest first, page by page: `next_cursor` is where the next page begins."),
        method="GET",
        path="/transactions?limit=10",
    ),
]
