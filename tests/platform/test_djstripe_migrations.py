"""The overlay on dj-stripe's migrations gives what dj-stripe's own give, and is quicker."""

import pytest

from tests.databases import manage, schema_of, scratch_database

STOCK = "tests.platform.stock_djstripe"
LAST = "0003_2_11"


class TestOverlay:
    def test_leaves_nothing_for_makemigrations(self):
        with scratch_database() as database:
            answer = manage("makemigrations", "djstripe", "--check", database=database)

        assert answer.returncode == 0, answer.stdout
        assert "No changes detected" in answer.stdout

    def test_is_one_step_in_a_new_database(self):
        with scratch_database() as database:
            plan = manage("migrate", "djstripe", "--plan", database=database)

        steps = [line for line in plan.stdout.splitlines() if line.startswith("djstripe.")]
        assert steps == ["djstripe.0001_squashed_0003_2_11"]

    @pytest.mark.slow
    def test_makes_the_tables_of_stock_djstripe_and_takes_over_its_databases(self):
        with scratch_database() as stock, scratch_database() as ours:
            for database in (stock, ours):
                manage("migrate", "auth", database=database)
            first = manage("migrate", "djstripe", "0001", database=stock, settings=STOCK)
            half_way = manage("migrate", "djstripe", "--plan", database=stock)
            rest = manage("migrate", "djstripe", database=stock, settings=STOCK)
            taken_over = manage("migrate", "djstripe", "--check", database=stock)
            squashed = manage("migrate", "djstripe", database=ours)

            for answer in (first, rest, taken_over, squashed):
                assert answer.returncode == 0, answer.stderr
            assert "djstripe.0002_2_10" in half_way.stdout
            assert "djstripe.0001" not in half_way.stdout
            assert schema_of(ours) == schema_of(stock)
            assert len(schema_of(ours)["columns"]) > 300
