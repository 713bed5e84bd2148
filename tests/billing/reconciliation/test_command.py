"""`manage.py reconcile_stripe`."""

import io

import pytest
from django.core.management import CommandError, call_command

from credits import ledger
from tests.billing.reconciliation.running import forget_events

pytestmark = pytest.mark.django_db


class TestCommand:
    @staticmethod
    def run(*args):
        out = io.StringIO()
        code: str | int | None = 0
        try:
            call_command("reconcile_stripe", *args, stdout=out)
        except SystemExit as end:
            code = end.code
        return code, out.getvalue().splitlines()

    def test_is_silent_when_nothing_differs(self, shop):
        shop.sell()

        code, lines = self.run()

        assert code == 0
        assert len(lines) == 1
        assert "1 sessions" in lines[0]
        assert "0 found" in lines[0]

    @pytest.mark.parametrize("args", [[], ["--dry-run"], ["--repair", "--dry-run"]], ids=str)
    def test_tells_and_changes_nothing(self, shop, args):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)

        code, lines = self.run(*args)

        assert code == 1
        assert lines[0] == (
            f"paid but not granted: {purchase.stripe_session_id}: 1000 usd,"
            f" purchase {purchase.uuid} is open"
        )
        assert ledger.balance(purchase.account) == 0

    def test_repairs_when_told_to(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)

        code, lines = self.run("--repair")

        assert code == 0
        assert lines[0].endswith("is open [repaired]")
        assert ledger.balance(purchase.account) == 100
        assert self.run()[0] == 0

    @pytest.mark.parametrize("since", ["90m", "36h", "4d", "2026-01-01", "2026-01-01T08:00+02:00"])
    def test_takes_times_as_people_write_them(self, shop, since):
        assert self.run(f"--since={since}")[0] == 0

    @pytest.mark.parametrize("since", ["", "yesterday", "4w", "2026-13-01", "-4d"])
    def test_says_when_it_does_not_understand_one(self, shop, since):
        with pytest.raises(CommandError, match="is neither a time"):
            self.run(f"--since={since}")
