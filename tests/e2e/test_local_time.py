"""Times as somebody reads them who lives in Berlin, and without JavaScript."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from credits import ledger
from credits.models import Account, Lot
from tests.people import make_user

PAGES = ["/billing/", "/billing/history/", "/billing/purchases/", "/billing/usage/"]
# What looks like a date or a time, in English.
DATE = re.compile(
    r"\b(?:January|Jan|February|Feb|March|Mar|April|Apr|May|June|Jun|July|Jul|August|Aug|September"
    r"|Sept?|October|Oct|November|Nov|December|Dec)\b\.? \d{1,2}, \d{4}"
    r"|(?<!S-)\b\d{4}-\d\d-\d\d|\b\d{1,2}:\d\d\b"  # (a statement has a number such as S-2026-11-31)
)
OUTSIDE = """() => {
  const copy = document.querySelector("main").cloneNode(true);
  for (const time of copy.querySelectorAll("time, script, svg, option")) time.remove();
  return copy.textContent;
}"""


@pytest.fixture
def holder(shop):
    user = make_user()
    shop.sell(user=user, plan=shop.plan(valid_for_days=30))
    account = Account.objects.for_user(user)
    ledger.grant(
        account=account,
        credits=7,
        source="gift",
        kind=Lot.Kind.PROMOTION,
        expires_at=datetime.now(UTC).replace(hour=22, minute=30) + timedelta(days=9),
    )
    ledger.spend(account=account, credits=3, key="job", operation="transcribe")
    return user


class TestInBerlin:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return {**browser_context_args, "timezone_id": "Europe/Berlin"}

    def test_each_time_is_local_with_its_zone_in_the_title(self, visitor, holder):
        visitor.sign_in(holder)
        expires_at = holder.credit_account.lots.get(source="gift").expires_at

        shown = visitor.page.locator(f"time[datetime^='{expires_at:%Y-%m-%dT%H:%M}']").first
        expect(shown).to_have_text(re.compile(r"(11:30|12:30)\s[AP]M"))
        title = shown.get_attribute("title")
        assert "Central European" in title
        assert "(Europe/Berlin)" in title
        assert "22:30 UTC" in title

    def test_no_page_has_a_date_that_stays_behind(self, visitor, holder):
        visitor.sign_in(holder)
        purchase = holder.credit_account.purchases.get()
        month = f"/billing/statement/{datetime.now(UTC):%Y-%m}/"
        for address in [*PAGES, month, f"/billing/purchases/{purchase.uuid}/"]:
            visitor.go(address)
            visitor.page.wait_for_load_state()

            assert DATE.findall(visitor.page.evaluate(OUTSIDE)) == [], address


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return {**browser_context_args, "java_script_enabled": False}

    def test_times_are_utc_and_say_so(self, visitor, holder):
        visitor.sign_in(holder)

        visitor.see("22:30 UTC")
