"""
Whether the database is as the last start of `make run` left it: then the next need not ask Django.

A start that has migrated leaves a stamp: one digest of all that migrations hang on. Those are their
files and the SQL beside them, in every installed app; the settings, with what the environment says
to them; the packages; and the database itself, which migrations it has had, when, and what tables
it has. Where anything differs, or cannot be read, the whole way is gone again.
"""

import hashlib
import importlib
import json
import os
import re
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

from development.embedded_postgres import PROJECT

STAMP = PROJECT / ".local" / "prepared.json"
FILES = {".py", ".sql"}
STATE = """
    SELECT (SELECT string_agg(concat_ws(' ', id, app, name, applied::text), ',' ORDER BY id)
            FROM django_migrations),
           (SELECT md5(string_agg(concat_ws(' ', table_name, column_name), ','
                                  ORDER BY table_name, column_name))
            FROM information_schema.columns WHERE table_schema = current_schema())
"""
# The address of a server of our own; which database it leads to is known by what that says.
OTHER_EACH_TIME = {"DATABASE_URL"}
SECONDS = 5  # that the database may take to let us in


def is_prepared(stamp: Path = STAMP) -> bool:
    """Say whether nothing has changed since `remember`; false where that cannot be known."""
    try:
        kept = json.loads(stamp.read_text())
        return bool(kept["digest"] == digest(code(map(Path, kept["folders"])), state()))
    except (OSError, ValueError, KeyError, TypeError, psycopg.Error):
        return False


def remember(folders: Iterable[Path], of_code: str, stamp: Path = STAMP) -> None:
    """
    Leave the stamp, once the database is up to date.

    :param of_code: of before the migrations were read: what was written since is not in it
    """
    names = [str(folder) for folder in folders]
    draft = stamp.with_suffix(".new")
    draft.write_text(json.dumps({"folders": names, "digest": digest(of_code, state())}))
    draft.replace(stamp)


def folders_of_apps() -> list[Path]:
    """List where each installed app has migrations or SQL, or would have; Django is set up."""
    from django.apps import apps  # noqa: PLC0415 - whoever only looks does without
    from django.conf import settings  # noqa: PLC0415

    found = []
    for app in apps.get_app_configs():
        found += [Path(app.path) / "migrations", Path(app.path) / "sql"]
        if elsewhere := settings.MIGRATION_MODULES.get(app.label):
            found += map(Path, importlib.import_module(elsewhere).__path__)
    return found


def code(folders: Iterable[Path]) -> str:
    """Digest what the files say."""
    settings = list(files(PROJECT / "config"))
    said = b"".join(file.read_bytes() for file in settings).decode()
    asked = set(re.findall(r"\b[A-Z][A-Z_]+\b", said)) & set(os.environ) - OTHER_EACH_TIME
    env_file = Path(os.environ.get("ENV_FILE", PROJECT / ".env"))
    every = [*settings, *(file for folder in folders for file in files(folder))]
    parts: list[object] = [(name, os.environ[name]) for name in sorted(asked)]
    parts += sorted(one.name for one in Path(sysconfig.get_path("purelib")).iterdir())
    parts += [(str(file), hashlib.sha256(file.read_bytes()).hexdigest()) for file in every]
    return digest(*parts, env_file.read_text() if env_file.is_file() else "")


def files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*.*")) if file.suffix in FILES)


def state() -> str:
    """Ask the database what it has."""
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=SECONDS) as connection:
        return repr(connection.execute(STATE).fetchone())


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
