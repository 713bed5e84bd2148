"""The whole of it, as a person sees it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from billing import catalog
from billing.models import Purchase, Refund
from tests.e2e.visitor import Visitor
from tests.people import PASSWORD, make_staff, make_user


class TestBuying:
    def test_from_signing_up_to_credits_and_to_a_refund(self, visitor, staff, shop, mailoutbox):
        page = visitor.page
        shop.plan(name="Studio", credits=500, bonus_credits=75, unit_amount=3900)

        # Sign up, with the code from the mail.
        visitor.go("/")
        page.get_by_role("link", name="Create an account").click()
        page.wait_for_url("**/accounts/signup/**")
        visitor.inspect()
        page.get_by_label("Email").fill("ada@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        page.wait_for_url("**/confirm-email/**")
        visitor.inspect()
        [code] = re.findall(r"^ {4}(\S+)$", mailoutbox[0].body, re.MULTILINE)
        page.locator("[name=code]").fill(code)
        page.get_by_role("button", name="Confirm").click()

        # Buy, and pay on Stripe's page.
        visitor.see("You have no credits yet")
        visitor.inspect()
        page.get_by_role("button", name="Buy Studio").click()
        page.wait_for_url(f"{shop.stripe.base_url}/c/pay/**")
        visitor.inspect()
        visitor.pay()

        # The credits come.
        visitor.see("575 credits were added to your balance")
        visitor.inspect()
        page.get_by_role("link", name="See your balance").click()
        expect(page.locator(".amount")).to_have_text("575")
        visitor.inspect()

        # Staff send half of the money back, and the credits that it paid for go.
        purchase = Purchase.objects.get()
        staff.sign_in(make_staff())
        staff.go(f"/admin/billing/purchase/{purchase.pk}/change/")
        staff.inspect(narrow=False)
        staff.page.get_by_role("link", name="Refund", exact=True).click()
        staff.page.get_by_label("Amount").fill("19.50")
        staff.page.get_by_label("Reason").fill("Half of it was not needed")
        staff.inspect(narrow=False)
        staff.page.get_by_role("button", name="Continue").click()
        staff.see("287 credits are taken back now")
        staff.inspect(narrow=False)
        staff.page.get_by_role("button", name="Refund").click()
        expect_soon(lambda: Refund.objects.filter(status=Refund.Status.SUCCEEDED).exists())
        visitor.go(f"/billing/purchases/{purchase.uuid}/")
        visitor.see("$19.50 was refunded")
        visitor.see("287 credits were taken back")
        visitor.inspect()
        visitor.go("/billing/history/")
        visitor.see("\N{MINUS SIGN}287")
        visitor.inspect()

    def test_a_payment_that_comes_late_is_waited_for(self, visitor, shop):
        user = make_user()
        purchase = shop.open(user=user)
        visitor.sign_in(user)
        visitor.go(f"/billing/purchases/{purchase.uuid}/?returned=paid")
        visitor.see("This page looks for them by itself")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "Confirming your payment …"
        )
        expect(visitor.page).to_have_title(re.compile("^Confirming your payment …"))
        visitor.inspect()

        shop.pay(purchase)

        visitor.see("100 credits were added")
        visitor.see("Your balance now: 100.")
        assert urlsplit(visitor.page.url).query == ""
        expect(visitor.page).to_have_title(re.compile(f"^Paid: {purchase.plan.name}"))
        expect(visitor.page.locator("#state")).to_be_focused()

    def test_what_may_be_paid_is_not_paid_twice_from_another_tab(self, visitor, shop):
        user, page = make_user(), visitor.page
        plan = shop.plan(name="Starter")
        shop.plan(name="Studio")
        visitor.sign_in(user)
        visitor.go("/billing/?next=/billing/usage/")
        other = Visitor(page.context.new_page(), visitor.site)
        other.go("/billing/")
        page.get_by_role("button", name="Buy Starter").click()
        page.wait_for_url(f"{shop.stripe.base_url}/c/pay/**")
        visitor.pay("debit_clears")
        visitor.see("Your bank is working on this payment")
        visitor.inspect()

        for name in ("Starter", "Studio"):
            other.go("/billing/")
            other.see("Your payment for Starter is being confirmed")
            other.inspect()
            other.page.get_by_role("button", name=f"Buy {name}").click()
            other.see("It may have arrived already, so nothing new was started")
            other.inspect()
        other.page.get_by_role("link", name="See that purchase").click()
        other.see("Your bank is working on this payment")

        assert Purchase.objects.get().plan == plan
        assert other.complaints == []

    def test_leads_on_to_where_the_buyer_came_from(self, visitor, shop):
        shop.plan(name="Starter")
        visitor.sign_in(make_user())
        visitor.go("/billing/?next=/billing/usage/")
        visitor.page.get_by_role("button", name="Buy Starter").click()
        visitor.pay()
        visitor.see("Your balance now: 100.")
        visitor.inspect()

        visitor.page.get_by_role("link", name="Continue where you were").click()

        visitor.page.wait_for_url("**/billing/usage/")

    def test_waiting_ends_after_a_minute_with_words(self, visitor, shop):
        user = make_user()
        purchase = shop.open(user=user)
        visitor.page.clock.install()
        visitor.sign_in(user)
        visitor.go(f"/billing/purchases/{purchase.uuid}/?returned=paid")

        late = visitor.page.get_by_text("This takes longer than usual")
        for _ in range(100):
            visitor.page.clock.run_for(2000)
            visitor.page.wait_for_timeout(20)  # for an answer, on the clock of the wall
            if late.is_visible():
                break

        expect(late).to_be_visible()
        expect(visitor.page.get_by_role("link", name="Look again")).to_be_visible()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "Your payment is not confirmed yet"
        )
        expect(visitor.page).to_have_title(re.compile("^Your payment is not confirmed yet"))
        expect(visitor.page.locator("#state")).to_be_focused()
        visitor.inspect()

    def test_coming_back_without_paying_offers_the_payment_page_again(self, visitor, shop):
        plan, user = shop.plan(name="Starter"), make_user()
        visitor.sign_in(user)
        visitor.page.get_by_role("button", name="Buy Starter").click()
        visitor.pay("cancel")

        visitor.see("You left the payment page. You have not been charged.")
        visitor.inspect()
        visitor.page.get_by_role("link", name="Go to the payment page").click()
        visitor.pay()

        visitor.see(f"{plan.credits} credits were added")

    def test_stripe_down_is_said_and_tried_again(self, visitor, shop):
        shop.plan(name="Starter")
        visitor.sign_in(make_user())
        shop.stripe.switch(api_down=True)
        visitor.page.get_by_role("button", name="Buy Starter").click()
        visitor.see("You have not been charged")
        visitor.inspect()

        shop.stripe.switch(api_down=False)
        visitor.page.get_by_role("button", name="Try again").click()
        visitor.pay()

        visitor.see("credits were added")
        assert Purchase.objects.count() == 1


class TestAStranger:
    def test_buys_an_amount_after_signing_up_with_one_click_more(self, visitor, shop, mailoutbox):
        page = visitor.page
        shop.plan(name="Starter", unit_amount=1000)
        plan = shop.plan_by_amount(name="As you like")
        amounts = catalog.Amounts(minimum=500, maximum=50_000, step=50)
        catalog.set_price(plan=plan, currency="eur", unit_amount=100, amounts=amounts)

        # Prices before anything else: no log-in, no cookie.
        visitor.go("/billing/plans/")
        visitor.see("$5.00 to $500.00")
        visitor.inspect()
        page.get_by_role("link", name="EUR").click()
        visitor.see("€5.00 to €500.00")
        assert page.context.cookies() == []

        # Buy, sign up, and the code from the mail.
        page.get_by_role("link", name="Buy As you like").click()
        visitor.sign_up(mailoutbox)

        # Back at the plan, in the currency that was chosen.
        page.wait_for_url(f"**/billing/plans/{plan.slug}/?currency=eur")
        visitor.inspect()
        page.get_by_label("Amount in EUR").fill("37.50")
        page.get_by_role("button", name="Buy As you like").click()
        page.wait_for_url(f"{shop.stripe.base_url}/c/pay/**")
        expect(page.get_by_role("button", name="Pay €37.50")).to_be_visible()
        visitor.pay()

        visitor.see("375 credits were added to your balance")
        assert Purchase.objects.get().currency == "eur"

    def test_with_an_account_signs_in_and_comes_back_to_the_plan(self, visitor, shop):
        page, user = visitor.page, make_user()
        plan = shop.plan(name="Starter", quantity_maximum=5)
        visitor.go("/billing/plans/")
        page.get_by_role("link", name="Buy Starter").click()
        page.get_by_role("main").get_by_role("link", name="Sign in").click()
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()

        page.wait_for_url(f"**/billing/plans/{plan.slug}/?currency=usd")
        page.get_by_label("How many").fill("3")
        page.get_by_role("button", name="Buy Starter").click()
        expect(page.get_by_role("button", name="Pay $30.00")).to_be_visible()
        visitor.pay()

        visitor.see("300 credits were added")


class TestCanceling:
    def test_ends_the_purchase_and_lets_the_person_choose_again(self, visitor, shop):
        user = make_user()
        purchase = shop.open(user=user, plan=shop.plan(name="Starter"))
        visitor.sign_in(user)
        visitor.go(f"/billing/purchases/{purchase.uuid}/")
        visitor.inspect()

        visitor.page.get_by_role("button", name="Cancel this purchase").click()

        visitor.see("This purchase was not paid, and is over.")
        visitor.inspect()
        visitor.page.get_by_role("link", name="See the plans").click()
        visitor.see("Starter")


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return {**browser_context_args, "java_script_enabled": False}

    def test_a_purchase_works_all_the_same(self, visitor, shop):
        user = make_user()
        purchase = shop.open(user=user, plan=shop.plan(name="Starter"))
        visitor.sign_in(user)
        visitor.go(f"/billing/purchases/{purchase.uuid}/?returned=paid")
        visitor.see("This page looks for them by itself")

        shop.pay(purchase)

        expect(visitor.page.get_by_role("main")).to_contain_text(
            "100 credits were added", timeout=15_000
        )


def expect_soon(holds):
    """Wait for what another thread does."""
    import time  # noqa: PLC0415 - here only

    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
