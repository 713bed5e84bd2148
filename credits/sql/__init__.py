"""What lives in the database beside the tables, as SQL files that migrations install."""

from pathlib import Path

from django.db import migrations


def install(name: str, *, undo: str = migrations.RunSQL.noop) -> migrations.RunSQL:
    """
    Make the operation that runs `credits/sql/<name>.sql`, and `undo` on the way back.

    A file that a release has installed is frozen: what replaces it is a new file.
    """
    return migrations.RunSQL((Path(__file__).parent / f"{name}.sql").read_text(), reverse_sql=undo)
