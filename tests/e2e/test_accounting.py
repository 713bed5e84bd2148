"""Somebody looks after their credits: what is reserved, what was used, why, and for how long."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing import mails
from credits import holds, ledger
from credits.models import Account, Operation
from tests.credits.factories import make_lot
from tests.people import make_user


@pytest.fixture
def holder(shop):
    """Somebody who bought, used, reserved, and was refunded a part."""
    user = make_user()
    purchase = shop.sell(user=user, plan=shop.plan(name="Starter"))
    account = Account.objects.for_user(user)
    Operation.objects.create(slug="transcribe", name="Transcribe audio", base=1)
    ledger.spend(account=account, credits=15, key="a", operation="transcribe")
    ledger.spend(account=account, credits=5, key="b", description="Interview with Grace")
    holds.hold(account=account, credits=20, key="c", description="A long film")
    shop.refund(purchase, 300)
    shop.deliver()
    return user


class TestWhatBecameOfCredits:
    def test_reserved_ones_are_explained_and_a_purchase_adds_up(self, visitor, holder):
        visitor.sign_in(holder)
        visitor.go("/billing/")
        visitor.see("A long film")
        visitor.see("Set aside for work that has begun")
        expect(visitor.page.locator(".amount")).to_have_text("30")
        visitor.inspect()

        purchase = holder.credit_account.purchases.get()
        visitor.go(f"/billing/purchases/{purchase.uuid}/")

        rows = visitor.page.locator(".account-of-lot tbody tr")
        found = [row.inner_text().split() for row in rows.all()]
        assert [int(words[-1]) for words in found] == [30, 20, 20, 30]
        expect(visitor.page.locator(".account-of-lot tfoot")).to_contain_text("100")
        visitor.inspect()


class TestUsage:
    def test_is_parted_by_operation_and_description(self, visitor, holder):
        visitor.sign_in(holder)
        visitor.go("/billing/usage/")

        for words in ("Transcribe audio", "Interview with Grace", "A long film"):
            visitor.see(words)
        expect(visitor.page.locator("svg rect").first).to_be_visible()
        visitor.inspect()

    def test_says_for_how_long_and_the_person_says_what_is_low(self, visitor, shop, mailoutbox):
        user = make_user()
        account = Account.objects.for_user(user)
        Account.objects.filter(pk=account.pk).update(created_at=timezone.now() - timedelta(days=30))
        shop.plan(name="Starter", unit_amount=999)
        make_lot(account=account, credits=300, at=timezone.now() - timedelta(days=20))
        for ago in range(10):
            at = timezone.now() - timedelta(days=ago)
            ledger.spend(account=account, credits=20, key=f"{ago}", at=at)
        visitor.sign_in(user)
        visitor.go("/billing/usage/")
        visitor.see("In the last 10 days you used 200 credits.")
        visitor.see("5 days are left")
        visitor.inspect()

        visitor.go("/billing/notifications/")
        visitor.page.get_by_label("My balance is low below").fill("0")
        visitor.page.get_by_role("button", name="Save").click()
        expect(visitor.page.get_by_label("My balance is low below")).to_have_value("0")
        visitor.page.get_by_label("My balance is low below").fill("150")
        visitor.inspect()
        visitor.page.get_by_role("button", name="Save").click()
        visitor.see("Saved.")

        visitor.go("/billing/")
        visitor.see("Your balance is low. The cheapest plan is Starter: $9.99.")
        visitor.inspect()
        mails.collect(at=timezone.now())
        mails.send_due(at=timezone.now() + timedelta(minutes=1))
        assert "100 credits left" in mailoutbox[-1].body
        visitor.page.get_by_role("link", name="See Starter").click()
        expect(visitor.page.get_by_role("button", name="Buy Starter")).to_be_visible()


class TestHistoryAndStatement:
    def test_a_text_is_found_and_each_row_says_why(self, visitor, holder):
        visitor.sign_in(holder)
        visitor.go("/billing/history/")
        visitor.see("Refund of $3.00")
        visitor.see("Transcribe audio")
        visitor.inspect()

        visitor.page.get_by_label("With this text").fill("grace")
        visitor.page.get_by_role("button", name="Show").click()

        rows = visitor.page.locator("main tbody tr")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("Interview with Grace")
        visitor.inspect()

    def test_a_month_leads_to_a_statement_that_prints(self, visitor, holder):
        page = visitor.page
        visitor.sign_in(holder)
        visitor.go("/billing/history/")
        month = f"{datetime.now(UTC):%Y-%m}"
        page.get_by_label("Month").select_option(month)
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name=re.compile("^Statement for")).click()
        page.wait_for_url(f"**/billing/statement/{month}/")

        visitor.see(f"S-{month}-")
        visitor.see(holder.email)
        visitor.inspect()
        expect(page.get_by_role("button", name="Print, or save as PDF")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Print, or save as PDF")).to_be_hidden()
        expect(page.get_by_role("banner").get_by_role("navigation")).to_be_hidden()
        expect(page.get_by_text("Balance at the beginning")).to_be_visible()
        assert page.pdf(format="A4").startswith(b"%PDF-")
