"""Many at once: each race ends as if its steps had come one after another."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from billing import checkout, fulfilment, refunds, stripe_gateway
from billing.checkout import canceling
from billing.models import Customer, Purchase, Refund, StripeEvent
from credits import ledger
from tests.people import make_staff, make_user
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _patience(settings):
    """On a busy machine sixteen threads take longer than a shop would wait for Stripe."""
    settings.STRIPE_TIMEOUT = 60


def at_once(*calls):
    """Run calls in a thread each, all started together; return their results or errors."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(10)
            return call()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def sessions(shop):
    return make_client(shop.stripe).v1.checkout.sessions.list({"limit": 100}).data


def posting(shop, event):
    body, headers = shop.stripe.signed(event)

    def post():
        return (
            Client(raise_request_exception=False)
            .post("/webhooks/stripe/", body, content_type="application/json", headers=headers)
            .status_code
        )

    return post


class TestDeliveries:
    def test_16_of_one_event_grant_once(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")

        codes = at_once(*[posting(shop, completed)] * 16)

        assert codes == [200] * 16
        assert StripeEvent.objects.count() == 1
        assert list(purchase.account.transactions.values_list("amount", flat=True)) == [100]

    def test_16_events_naming_one_session_grant_once(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")

        codes = at_once(
            *[posting(shop, {**completed, "id": f"evt_{number}"}) for number in range(16)]
        )

        assert codes == [200] * 16
        assert StripeEvent.objects.filter(state="processed").count() == 16
        assert list(purchase.account.transactions.values_list("amount", flat=True)) == [100]

    def test_all_events_of_a_refunded_purchase_at_once(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        intent = shop.event("payment_intent.succeeded")["data"]["object"]["id"]
        shop.stripe.refund(intent, 400)
        shop.stripe.refund(intent, 300)

        codes = at_once(*[posting(shop, event) for event in shop.stripe.events()])

        assert set(codes) == {200}
        assert ledger.balance(purchase.account) == 30

    def test_webhook_and_success_page_grant_once(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)
        post = posting(shop, shop.event("checkout.session.completed"))

        at_once(*[post, lambda: fulfilment.fulfil(session)] * 6)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert ledger.balance(purchase.account) == 100


class TestCheckouts:
    def test_a_form_sent_eight_times_is_one_purchase(self, shop):
        user, plan, token = make_user(), shop.plan(), uuid4()

        purchases = at_once(
            *[lambda: checkout.start(user=user, plan_slug=plan.slug, form_token=token)] * 8
        )

        assert len({purchase.checkout_url for purchase in purchases}) == 1
        assert len(shop.stripe.events("customer.created")) == 1

    def test_twelve_presses_in_twelve_tabs_are_one_purchase(self, shop):
        user, plan = make_user(), shop.plan()

        purchases = at_once(
            *[lambda: checkout.start(user=user, plan_slug=plan.slug, form_token=uuid4())] * 12
        )

        assert len({purchase.checkout_url for purchase in purchases}) == 1
        assert Purchase.objects.count() == 1
        assert len(sessions(shop)) == 1

    def test_tabs_that_want_other_numbers_leave_one_page_open(self, shop):
        user, plan = make_user(), shop.plan(quantity_maximum=4)

        at_once(*[partial(shop.open, user=user, plan=plan, quantity=n) for n in (1, 2, 3, 4)])

        assert Purchase.objects.filter(status="open").count() == 1
        assert len([one for one in sessions(shop) if one.status == "open"]) == 1

    def test_canceling_against_paying_ends_in_one_of_both(self, shop):
        purchase = shop.open()
        user = purchase.account.user

        at_once(
            lambda: canceling.cancel(Purchase.objects.get(pk=purchase.pk), user=user),
            lambda: shop.pay(purchase),
        )
        shop.deliver()

        purchase.refresh_from_db()
        ends = (purchase.status, ledger.balance(purchase.account))
        assert ends in {("paid", 100), ("expired", 0)}

    def test_eight_tabs_share_one_customer(self, shop):
        user, plans = make_user(), [shop.plan() for _ in range(8)]

        at_once(*[partial(shop.open, user=user, plan=plan) for plan in plans])

        assert Customer.objects.filter(user=user).count() == 1
        assert Purchase.objects.filter(status="open").count() == 8

    def test_the_limit_holds_for_tabs_that_open_together(self, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 3
        user, plans = make_user(), [shop.plan() for _ in range(8)]

        results = at_once(*[partial(shop.open, user=user, plan=plan) for plan in plans])

        assert sum(isinstance(result, checkout.TooManyCheckouts) for result in results) == 5
        assert Purchase.objects.count() == 3


class TestMoneyBack:
    def test_spends_against_a_refund(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 1000)
        refund = posting(shop, shop.event("refund.created"))

        def spend(number):
            return lambda: ledger.spend(
                account=purchase.account, credits=10, key=f"{number}", description="Work"
            )

        at_once(refund, *[spend(number) for number in range(12)])

        purchase.lot.refresh_from_db()
        lot = purchase.lot
        assert lot.remaining == 0
        assert lot.clawback_target == 100
        assert lot.spent + lot.clawed_back == 100
        assert lot.shortfall == lot.spent
        assert ledger.balance(purchase.account) == 0

    def test_two_people_refund_no_more_than_was_paid(self, shop):
        purchase, staff = shop.sell(), make_staff()

        results = at_once(
            *[
                lambda: refunds.request(
                    purchase=purchase,
                    unit_amount=600,
                    reason="",
                    requested_by=staff,
                    nonce=uuid4(),
                )
            ]
            * 4
        )

        assert sum(isinstance(result, Refund) for result in results) == 1
        assert sum(isinstance(result, refunds.RefundTooLarge) for result in results) == 3
        assert ledger.balance(purchase.account) == 40

    def test_a_double_click_is_one_refund(self, shop):
        purchase, staff, nonce = shop.sell(), make_staff(), uuid4()

        results = at_once(
            *[
                lambda: refunds.request(
                    purchase=purchase,
                    unit_amount=300,
                    reason="",
                    requested_by=staff,
                    nonce=nonce,
                )
            ]
            * 4
        )

        assert {result.uuid for result in results} == {nonce}
        assert len(shop.stripe.events("refund.created")) == 1
        assert ledger.balance(purchase.account) == 70
