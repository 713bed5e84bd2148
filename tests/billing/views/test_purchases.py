import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from billing.models import Purchase, StripeEvent
from billing.staff import quarantine
from billing.views import paging
from billing.views.purchases import RELOADS
from credits import ledger
from credits.models import Account, Lot
from tests.people import make_user
from tests.shop import promised
from tests.staff import make_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def look(client, purchase, **query):
    return client.get(reverse("billing:purchase", args=[purchase.uuid]), query)


def title_of(response):
    [title] = re.findall(r"<title>(.*?)</title>", response.text, re.DOTALL)
    return " ".join(title.split()).partition(" ·")[0]


def give(user, *, credits):
    return ledger.grant(
        account=Account.objects.for_user(user),
        credits=credits,
        source=f"gift:{credits}",
        kind=Lot.Kind.PROMOTION,
        expires_at=None,
    )


def poll(client, purchase):
    cache.clear()  # as if some seconds had gone by
    return client.get(reverse("billing:purchase_status", args=[purchase.uuid])).json()


def copied(purchase):
    """One more purchase like this, without asking Stripe."""
    return Purchase.objects.create(**promised(purchase, problem="copied"))


class TestPurchases:
    def test_lists_them_newest_first_with_their_state(self, client, user, shop):
        shop.sell(user=user, plan=shop.plan(name="Starter"))
        shop.open(user=user, plan=shop.plan(name="Studio"))

        text = client.get(reverse("billing:purchases")).text

        assert text.index("Studio") < text.index("Starter")
        assert "Waiting for payment" in text
        assert "Paid" in text

    def test_goes_on_where_the_page_before_ended(self, client, user, shop):
        first = shop.open(user=user)
        made = [first, *(copied(first) for _ in range(paging.ROWS + 4))]
        Purchase.objects.update(created_at=timezone.now())  # all at the very same moment

        newest = client.get(reverse("billing:purchases")).context["page"]
        oldest = client.get(reverse("billing:purchases"), {"before": newest.older}).context["page"]

        seen = [row.pk for page in (newest, oldest) for row in page.rows]
        assert seen == sorted((purchase.pk for purchase in made), reverse=True)
        assert oldest.older == ""

    def test_is_kind_to_somebody_who_bought_nothing(self, client, user):
        assert "You have not bought anything yet" in client.get(reverse("billing:purchases")).text

    def test_asks_the_database_no_more_often_for_more_rows(
        self, client, user, shop, settings, django_assert_max_num_queries
    ):
        settings.BILLING_CHECKOUTS_PER_HOUR = 100
        plan = shop.plan()
        for _ in range(8):
            shop.sell(user=user, plan=plan)

        client.get(reverse("billing:overview"))  # the language is noted once
        with django_assert_max_num_queries(6):
            client.get(reverse("billing:purchases"))


class TestPurchase:
    def test_of_somebody_else_is_not_found(self, client, user, shop):
        purchase = shop.open()

        assert look(client, purchase).status_code == 404
        status = reverse("billing:purchase_status", args=[purchase.uuid])
        assert client.get(status).status_code == 404

    def test_waits_after_the_return_from_stripe(self, client, user, shop):
        purchase = shop.open(user=user)

        text = look(client, purchase, returned="paid").text

        assert "data-status-url" in text
        assert "This page looks for them by itself" in text

    def test_without_javascript_loads_again_for_a_minute_and_then_says_so(self, client, user, shop):
        purchase = shop.open(user=user)

        first = look(client, purchase, returned="paid").text
        last = look(client, purchase, returned="paid", tried=RELOADS).text

        assert 'content="5; url=?returned=paid&amp;tried=1#state"' in first
        assert 'http-equiv="refresh"' not in last
        assert "If you have paid, nothing is lost" in last

    def test_names_what_is_going_on_in_its_title(self, client, user, shop):
        purchase = shop.open(user=user)
        waiting = look(client, purchase, returned="paid")
        late = look(client, purchase, returned="paid", tried=RELOADS)
        shop.pay(purchase)
        shop.deliver()
        paid = look(client, purchase)

        titles = [title_of(response) for response in (waiting, late, paid)]
        assert titles == [
            "Confirming your payment …",
            f"Waiting for payment: {purchase.plan.name}",
            f"Paid: {purchase.plan.name}",
        ]

    def test_offers_no_second_way_to_pay_while_it_may_be_paid(self, client, user, shop):
        purchase = shop.open(user=user)

        waiting = look(client, purchase, returned="paid").text
        late = look(client, purchase, returned="paid", tried=RELOADS).text

        hidden = waiting[: waiting.index(purchase.checkout_url)].rindex("data-after-waiting")
        assert "hidden" in waiting[hidden : hidden + 40]
        assert "The page at Stripe takes one payment, and no second" in late

    def test_names_the_new_balance_and_leads_on(self, client, user, shop):
        give(user, credits=25)
        purchase = shop.sell(user=user, next_url="/app/?page=2")

        shown = look(client, purchase).text

        assert "Your balance now: 125." in shown
        assert '<a class="button" href="/app/?page=2">' in shown

    def test_leads_nobody_to_a_host_that_is_not_allowed_any_more(
        self, client, user, shop, settings
    ):
        purchase = shop.sell(user=user, next_url="https://app.example.com/")
        assert "app.example.com" not in look(client, purchase).text
        settings.BILLING_NEXT_HOSTS = ["app.example.com"]

        assert "app.example.com" in look(client, purchase).text

    @pytest.mark.parametrize("tried", ["-1", "x", "٣", "9" * 400, ""])
    def test_bears_nonsense_in_its_address(self, client, user, shop, tried):
        response = look(client, shop.open(user=user), returned="paid", tried=tried)

        assert response.status_code == 200

    def test_grants_nothing_because_an_address_says_so(self, client, user, shop):
        purchase = shop.open(user=user)

        look(client, purchase, returned="paid", session_id="cs_test_1", payment_status="paid")

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
        assert ledger.balance(purchase.account) == 0

    def test_grants_what_stripe_says_was_paid_before_any_webhook_came(self, client, user, shop):
        purchase = shop.open(user=user, plan=shop.plan(credits=100))
        shop.pay(purchase)

        text = look(client, purchase, returned="paid").text

        assert "100 credits were added" in text
        assert ledger.balance(purchase.account) == 100

    def test_offers_the_payment_page_again_to_whoever_left_it(self, client, user, shop):
        purchase = shop.open(user=user)

        text = look(client, purchase, returned="canceled").text

        assert "You have not been charged" in text
        assert purchase.checkout_url in text
        assert "data-status-url" not in text

    def test_is_calm_when_stripe_is_silent(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.stripe.switch(api_down=True)

        response = look(client, purchase, returned="paid")

        assert response.status_code == 200
        assert "A payment that you have made is safe" in response.text

    def test_asks_stripe_at_most_once_in_some_seconds(self, client, user, shop):
        purchase = shop.open(user=user)

        for _ in range(5):
            look(client, purchase, returned="paid")

        path = f"/v1/checkout/sessions/{purchase.stripe_session_id}"
        assert len(shop.stripe.calls("GET", path)) == 1

    def test_asks_nothing_about_what_is_settled(self, client, user, shop):
        purchase = shop.sell(user=user)

        look(client, purchase)

        path = f"/v1/checkout/sessions/{purchase.stripe_session_id}"
        assert shop.stripe.calls("GET", path) == []

    def test_links_the_receipt(self, client, user, shop):
        purchase = shop.sell(user=user)

        assert purchase.payment.receipt_url
        assert purchase.payment.receipt_url in look(client, purchase).text

    def test_says_that_a_bank_is_working_on_it(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.pay(purchase, "debit_clears")
        shop.deliver()

        assert "Your bank is working on this payment" in look(client, purchase).text

    def test_says_that_it_was_not_paid_in_time(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.stripe.expire(purchase.stripe_session_id)
        shop.deliver()

        assert "was not paid, and is over" in look(client, purchase).text

    def test_says_that_a_payment_failed(self, client, user, shop):
        purchase = shop.open(user=user)
        payment = shop.pay(purchase, "debit_fails")
        shop.deliver()
        shop.stripe.settle_debit(payment["payment_intent"])
        shop.deliver()

        assert "The payment did not go through" in look(client, purchase).text

    def test_tells_of_money_sent_back_and_of_its_credits(self, client, user, shop):
        purchase = shop.sell(user=user, plan=shop.plan(credits=100, unit_amount=999))
        shop.refund(purchase, 333)
        shop.deliver()

        text = look(client, purchase).text

        assert "$3.33 was refunded" in text
        assert "33 credits were taken back" in text
        assert "Partly refunded" in text

    def test_tells_of_a_dispute_and_of_its_end(self, client, user, shop):
        purchase = shop.sell(user=user, plan=shop.plan(unit_amount=1000))
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        running = look(client, purchase).text
        shop.stripe.lose(dispute["id"])
        shop.deliver()
        lost = look(client, purchase).text

        assert "$10.00 of this payment are disputed with the bank" in running
        assert "The bank decided a dispute about this payment: $10.00 went back" in lost
        assert "100 credits were taken back" in lost

    def test_forgets_a_dispute_that_was_won(self, client, user, shop):
        purchase = shop.sell(user=user)
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.stripe.win(dispute["id"])
        shop.deliver()

        text = look(client, purchase).text

        assert "dispute" not in text
        assert "credits were added" in text

    def test_lets_a_purchase_that_never_reached_stripe_be_tried_again(self, client, user, shop):
        plan = shop.plan()
        shop.stripe.switch(api_down=True)
        address = reverse("billing:buy", args=[plan.slug])
        client.post(address, {"form_token": "3f0a3cb7-6c4e-4f5e-9d57-0b1a1d3c5e7f"})
        purchase = Purchase.objects.get()

        text = look(client, purchase).text

        assert "Stripe could not be reached" in text
        assert str(purchase.form_token) in text

    def test_that_failed_and_was_paid_otherwise_is_being_checked(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.pay(purchase)
        Purchase.objects.filter(pk=purchase.pk).update(status=Purchase.Status.FAILED)
        event = shop.event("checkout.session.completed")
        event["data"]["object"]["amount_subtotal"] += 1
        shop.deliver(event)

        text = look(client, purchase).text

        assert "Your money is safe" in text
        assert "not been charged" not in text

    def test_that_does_not_add_up_is_being_checked(self, client, user, shop):
        purchase = shop.open(user=user)
        Purchase.objects.filter(pk=purchase.pk).update(problem="Another amount was paid.")
        shop.stripe.switch(api_down=True)

        text = look(client, purchase, returned="paid").text

        assert "Your money is safe" in text
        assert "Another amount" not in text

    @pytest.mark.parametrize(
        ("decide", "words"),
        [(quarantine.refund, "sent the money back"), (quarantine.dismiss, "closed it")],
    )
    def test_that_staff_decided_on_is_no_longer_being_checked(
        self, client, user, shop, decide, words
    ):
        purchase = shop.open(user=user)
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")
        event["data"]["object"]["amount_subtotal"] += 1
        shop.deliver(event)
        decide(event=StripeEvent.objects.get(), reason="Looked at", by=make_colleague("Refunds"))

        text = look(client, purchase).text

        assert words in text
        assert "Your money is safe" not in text
        assert poll(client, purchase)["settled"]


class TestPurchaseStatus:
    def test_says_when_the_credits_have_come(self, client, user, shop):
        purchase = shop.open(user=user, plan=shop.plan(credits=100))

        before = poll(client, purchase)
        shop.pay(purchase)
        after = poll(client, purchase)

        assert before == {"status": "open", "settled": False, "credits": 0, "balance": 0}
        assert after == {"status": "paid", "settled": True, "credits": 100, "balance": 100}

    def test_names_what_the_purchase_still_has_and_so_does_its_page(self, client, user, shop):
        purchase = shop.sell(user=user, plan=shop.plan(credits=100, unit_amount=1000))
        ledger.spend(account=purchase.account, credits=20, key="job")
        shop.refund(purchase, 400)
        shop.deliver()

        answer, text = poll(client, purchase), look(client, purchase).text

        assert (answer["credits"], answer["balance"]) == (40, 40)
        assert "40 of these 100 credits are left" in text
        assert "Your balance now" in text

    def test_names_no_credits_that_were_all_refunded(self, client, user, shop):
        purchase = shop.sell(user=user, plan=shop.plan(credits=100))
        shop.refund(purchase)
        shop.deliver()

        assert poll(client, purchase) | {"status": ""} == {
            "status": "",
            "settled": True,
            "credits": 0,
            "balance": 0,
        }

    def test_names_no_credits_that_have_expired_swept_or_not(self, client, user, shop):
        purchase = shop.sell(user=user, plan=shop.plan(credits=100, valid_for_days=1))

        with time_machine.travel(timezone.now() + timedelta(days=2)):
            client.force_login(user)
            answer, text = poll(client, purchase), look(client, purchase).text

        assert (answer["credits"], answer["balance"]) == (0, 0)
        assert "0 of these 100 credits are left" in text
        assert "Use them until" not in text

    def test_answers_though_stripe_does_not(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.stripe.switch(api_down=True)

        assert poll(client, purchase)["status"] == "open"

    def test_of_a_session_whose_time_is_up_is_settled_once_stripe_says_so(self, client, user, shop):
        purchase = shop.open(user=user)

        with time_machine.travel(purchase.session_expires_at + timedelta(minutes=1)):
            shop.stripe.expire(purchase.stripe_session_id)

            assert poll(client, purchase)["settled"]
