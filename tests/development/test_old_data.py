"""Data of an earlier version is recognised, and that of this one is left in peace."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from development import old_data
from stripe_sandbox.state.store import Store


def change(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refusal():
    with pytest.raises(SystemExit) as refused:
        old_data.refuse_old_database()
    return str(refused.value)


@pytest.mark.django_db
class TestDatabase:
    def test_of_this_version_is_welcome(self):
        old_data.refuse_old_database()

    def test_is_refused_for_a_migration_that_is_gone(self):
        for name in ("0006_resolutions", "0007_desks"):
            MigrationRecorder(connection).record_applied("billing", f"{name}_of_before")

        said = refusal()

        assert "its migration billing.0006_resolutions_of_before is gone" in said
        assert "its migration billing.0007_desks_of_before is gone" in said

    def test_may_hold_what_an_app_left_that_is_no_longer_installed(self):
        MigrationRecorder(connection).record_applied("polls", "0001_initial")

        old_data.refuse_old_database()

    @pytest.mark.parametrize(
        ("rewritten", "difference"),
        [
            (
                "RENAME remaining TO left_over",
                "credits_lot has other columns: left_over, remaining",
            ),
            ("ADD COLUMN colour text", "credits_lot has other columns: colour"),
            ("RENAME TO credits_parcel", "it has no table credits_lot"),
        ],
    )
    def test_is_refused_for_a_migration_that_was_rewritten(self, rewritten, difference):
        change(f"ALTER TABLE credits_lot {rewritten}")

        assert difference in refusal()

    def test_is_refused_for_tables_without_their_migrations(self):
        change("DELETE FROM django_migrations WHERE app IN ('credits', 'billing')")

        said = refusal()

        assert "its table billing_" in said
        assert "was made by no migration" in said
        assert "more\n" in said

    def test_waits_for_migrations_that_are_new(self):
        change("DELETE FROM django_migrations WHERE app = 'procrastinate' AND name > '0030'")

        old_data.refuse_old_database()

    def test_of_somebody_elses_server_is_not_for_make_to_clean(self, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "HOST", "db.example")
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
        MigrationRecorder(connection).record_applied("billing", "0007_desks_of_before")

        said = refusal()

        assert "make clean" not in said
        assert "Empty the database that DATABASE_URL names" in said


class TestSandbox:
    def refusal(self, state):
        with pytest.raises(SystemExit) as refused:
            old_data.refuse_old_sandbox(state)
        return str(refused.value)

    def test_of_this_version_is_welcome(self, tmp_path):
        state = tmp_path / "state.sqlite3"
        Store(str(state)).close()

        old_data.refuse_old_sandbox(state)

    def test_may_have_none(self, tmp_path):
        old_data.refuse_old_sandbox(tmp_path / "state.sqlite3")

    def test_is_refused_for_tables_of_before(self, tmp_path):
        state = tmp_path / "state.sqlite3"
        Store(str(state)).close()
        with sqlite3.connect(state) as database:
            database.execute("ALTER TABLE deliveries RENAME milliseconds TO seconds")
        database.close()

        said = self.refusal(state)

        assert "deliveries has other columns: milliseconds, seconds" in said
        assert "make clean" in said

    def test_is_refused_where_it_is_no_database(self, tmp_path):
        state = tmp_path / "state.sqlite3"
        Path(state).write_text("once upon a time")

        assert "it cannot be read" in self.refusal(state)
