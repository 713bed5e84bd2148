"""What staff add up and look for: files, the month's end, the search, the figures of a period."""

import csv

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Purchase
from credits.models import CreditTransaction
from tests.credits.factories import make_lot, make_spend
from tests.people import make_staff
from tests.staff import make_colleague, page


@pytest.fixture
def purchase(shop):
    """Sell something and spend of it; then all is quiet."""
    purchase = shop.sell(plan=shop.plan(name="Studio", credits=80, bonus_credits=20))
    make_lot(account=purchase.account, credits=5)
    make_spend(account=purchase.account, credits=30, description="=Translate")
    shop.stripe.switch(delivery_off=True)
    return purchase


def read(download):
    with download.path().open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class TestFiles:
    def test_have_what_the_list_has_filtered(self, purchase, visitor):
        visitor.sign_in(make_colleague("Support"))
        visitor.go(f"{page(CreditTransaction)}?kind__exact=SPEND")

        with visitor.page.expect_download() as downloading:
            visitor.page.get_by_role("link", name="Export CSV").click()

        [line] = read(downloading.value)
        assert (line["amount"], line["description"]) == ("-30", "'=Translate")

    def test_of_purchases_say_their_numbers_and_money(self, purchase, visitor):
        visitor.sign_in(make_colleague("Support"))
        visitor.go(page(Purchase))

        with visitor.page.expect_download() as downloading:
            visitor.page.get_by_role("link", name="Export CSV").click()

        [line] = read(downloading.value)
        assert (line["number"], line["paid"]) == (purchase.short_number, "10.00")


class TestMonthEnd:
    def test_is_closed_on_a_page_and_kept_as_a_file(self, purchase, visitor):
        visitor.sign_in(make_colleague("Auditor"))
        visitor.go("/admin/billing/")
        visitor.page.get_by_role("main").get_by_role("link", name="Month end").click()

        visitor.see("It foots")
        visitor.see("Studio")
        visitor.inspect()
        with visitor.page.expect_download() as downloading:
            visitor.page.get_by_role("link", name="Export CSV").click()

        lines = read(downloading.value)
        assert [(line["unit"], line["sold"], line["bonus"]) for line in lines[:2]] == [
            ("credits", "80", "20"),
            ("usd", "10.00", "0.00"),
        ]

    def test_stands_for_any_day_that_has_begun(self, purchase, visitor):
        visitor.sign_in(make_colleague("Auditor"))
        visitor.go(reverse("admin:billing_month_end"))

        visitor.page.get_by_label("Month, or day up to which").fill("2999-01")
        visitor.page.get_by_role("button", name="Show").click()
        visitor.see("has begun")
        visitor.inspect()
        visitor.page.get_by_label("Month, or day up to which").fill(f"{timezone.localdate()}")
        visitor.page.get_by_role("button", name="Show").click()

        visitor.see("It foots")


class TestSearch:
    def find(self, visitor, term):
        box = visitor.page.get_by_role("banner").get_by_role("searchbox")
        box.fill(term)
        box.press("Enter")

    def test_leads_from_any_page_to_what_was_said_on_the_phone(self, purchase, visitor):
        visitor.sign_in(make_staff())
        visitor.go(page(CreditTransaction))

        self.find(visitor, purchase.short_number.lower().replace("-", " "))

        visitor.page.wait_for_url(f"**{page(Purchase, 'change', purchase.pk)}")
        visitor.inspect()

    def test_lists_what_matched_where_it_is_more_than_one(self, purchase, visitor):
        visitor.sign_in(make_staff())
        visitor.go("/admin/")

        self.find(visitor, "example.com")

        visitor.see("Accounts")
        visitor.inspect()
        visitor.page.get_by_role("main").get_by_role(
            "link", name=purchase.account.user.email
        ).click()
        visitor.see("can be spent now")


class TestFigures:
    def test_are_of_the_period_that_was_chosen(self, purchase, visitor):
        visitor.sign_in(make_colleague("Auditor"))
        visitor.go("/admin/")

        visitor.page.get_by_role("navigation", name="Period").get_by_role(
            "link", name="7 days"
        ).click()

        visitor.see("Best-selling plans")
        visitor.see("Net revenue")
        visitor.see("In 7 days $10.00 came in.")
        visitor.inspect()
