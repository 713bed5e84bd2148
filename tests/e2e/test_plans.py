"""Plans as the people of the catalog see and switch them, in a browser."""

import pytest
from playwright.sync_api import expect

from billing import catalog, checkout
from billing.models import CreditPlan
from tests.shop import make_plan
from tests.staff import make_colleague, page


@pytest.fixture
def plans(shop):
    on, off = shop.plan(name="Starter", bonus_credits=25), shop.plan(name="Studio")
    catalog.take_off_sale(off)
    make_plan(name="Unpriced")
    shop.stripe.switch(delivery_off=True)
    return on, off


class TestPlans:
    def test_say_what_they_cost_and_are_sold_again_by_one_switch(self, plans, visitor):
        visitor.sign_in(make_colleague("Catalog"))
        browser = visitor.page
        visitor.go(page(CreditPlan))
        rows = browser.locator("#result_list tbody tr")

        starter = rows.filter(has_text="Starter")
        expect(starter).to_contain_text("100 + 25 bonus")
        expect(starter).to_contain_text("$10.00")
        expect(starter).to_contain_text("$0.08")
        expect(starter).to_contain_text("For sale")
        expect(rows.filter(has_text="Unpriced")).to_contain_text("No price")
        expect(rows.filter(has_text="Studio")).to_contain_text("Switched off")
        visitor.inspect()
        rows.filter(has_text="Studio").get_by_role("button", name="Sell again").click()

        expect(browser.locator(".messagelist")).to_contain_text("Studio is for sale: $10.00")
        assert {price.plan.name for price in checkout.prices_on_sale()} == {"Starter", "Studio"}

    def test_are_taken_off_sale_on_their_page_which_says_what_featured_does(self, plans, visitor):
        starter, _studio = plans
        visitor.sign_in(make_colleague("Catalog"))
        browser = visitor.page
        visitor.go(page(CreditPlan, "change", starter.pk))

        visitor.see("Shown with the label Featured and a frame.")
        visitor.inspect()
        browser.get_by_role("button", name="Take off sale: Starter").click()

        expect(browser.locator(".messagelist")).to_contain_text("Starter is off sale.")
        visitor.see("Switched off")
        assert not checkout.prices_on_sale()
