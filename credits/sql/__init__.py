"""
What lives in the database beside the tables, as SQL files that migrations install.

The name of each function, view and type ends in its version, `credits_draw_v1`. One that a release
has installed is never changed: a change is `credits_draw_v2` in a new file, so that processes of
the old release and of the new one can run side by side. A later release drops what none calls.
"""

import re
from pathlib import Path

from django.db import migrations

_CREATED = re.compile(r"^CREATE (FUNCTION|VIEW|TYPE|DOMAIN) (\w+)", re.MULTILINE)


def install(name: str) -> migrations.RunSQL:
    """Make the operation that runs `credits/sql/<name>.sql`, and on the way back drops it all."""
    text = (Path(__file__).parent / f"{name}.sql").read_text()
    # What stands on one of them goes with it: its triggers, and functions that take its rows.
    drops = [f"DROP {kind} IF EXISTS {it} CASCADE;" for kind, it in _CREATED.findall(text)]
    return migrations.RunSQL(text, reverse_sql="\n".join(reversed(drops)))
