"""No migration keeps others from writing to several tables at once."""

import os
import subprocess
import sys

import pytest

from tests.databases import scratch_database
from tests.processes import PROJECT

pytestmark = pytest.mark.slow

SETTINGS = """
from tests.settings import *
MIGRATION_MODULES = MIGRATION_MODULES | {"credits": "made_up"}
"""
PACKAGE = """
from credits import migrations
__path__ += migrations.__path__
"""
MIGRATION = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def in_python(apps, schema_editor):
    schema_editor.execute("ALTER TABLE credits_lot ADD by_python int")
    schema_editor.execute("ALTER TABLE credits_account ADD by_python int")


def add(model, name):
    return migrations.AddField(model, name, models.IntegerField(null=True))


def table(name, *others):
    keys = {{other: models.ForeignKey(f"credits.{{other}}", models.PROTECT) for other in others}}
    number = ("id", models.BigAutoField(primary_key=True))
    return migrations.CreateModel(name, [number, *keys.items()])


class Migration(migrations.Migration):
    dependencies = [("credits", "{before}")]
    {body}
"""
BY_SQL = "ALTER TABLE credits_lot ADD by_sql int; ALTER TABLE credits_account ADD by_sql int"
ALLOWED = {
    "one_table": "operations = [add('lot', 'a'), add('lot', 'b')]",
    "one_by_one": "atomic = False; operations = [add('lot', 'c'), add('account', 'c')]",
    "gives_up": (
        "operations = [migrations.RunSQL(\"SET LOCAL lock_timeout = '500ms'\"),"
        " add('lot', 'd'), add('account', 'd')]"
    ),
    "new_table": "operations = [table('Note', 'lot'), add('lot', 'e')]",
    "index": (
        "atomic = False; operations = [AddIndexConcurrently("
        "'lot', models.Index(fields=['a'], name='made_up'))]"
    ),
}
REFUSED = {
    "two_tables": "operations = [add('lot', 'f'), add('account', 'f')]",
    "waits_long": (
        "operations = [migrations.RunSQL(\"SET LOCAL lock_timeout = '5s'\"),"
        " add('lot', 'g'), add('account', 'g')]"
    ),
    "sql_of_two": f'atomic = False; operations = [migrations.RunSQL("{BY_SQL}")]',
    "python": "operations = [migrations.RunPython(in_python)]",
    "keys_to_two": "operations = [table('Remark', 'lot', 'account')]",
}


def watch(*, settings, path=""):
    """Run all migrations in an empty database; gives what was found."""
    with scratch_database() as url:
        environment = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": path}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.deploy.migration_locks"],
            cwd=PROJECT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.parametrize("settings", ["tests.settings", "tests.deploy.next_version.settings"])
def test_locks_one_table_at_a_time(settings):
    watched = watch(settings=settings)

    assert (watched.returncode, watched.stdout) == (0, ""), watched.stderr


def test_is_found_where_it_locks_several(tmp_path):
    before = "0002_sql"
    (tmp_path / "made_up").mkdir()
    (tmp_path / "made_up" / "__init__.py").write_text(PACKAGE)
    (tmp_path / "made_up_settings.py").write_text(SETTINGS)
    for number, (name, body) in enumerate((ALLOWED | REFUSED).items(), start=3):
        text = MIGRATION.format(before=before, body=body)
        before = f"{number:04}_{name}"
        (tmp_path / "made_up" / f"{before}.py").write_text(text)

    watched = watch(settings="made_up_settings", path=str(tmp_path))

    found = [line.partition(" locks ") for line in watched.stdout.splitlines()]
    assert [name[len("credits.0000_") :] for name, _, _ in found] == list(REFUSED), watched.stderr
    assert {tables for _, _, tables in found} == {"credits_account, credits_lot at once."}
    assert watched.returncode == 1
