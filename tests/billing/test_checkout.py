"""From the button to Stripe's page."""

from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from billing import catalog, checkout, conf, stripe_gateway, users
from billing.models import CreditPlan, Customer, PlanPrice, Purchase
from tests.people import make_user
from tests.shop import make_plan
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


def start(user=None, slug="", token=None):
    return checkout.start(user=user or make_user(), plan_slug=slug, form_token=token or uuid4())


class TestStart:
    def test_opens_stripes_page_for_the_plan(self, shop):
        plan = shop.plan(credits=100, bonus_credits=5, unit_amount=999, valid_for_days=30)

        purchase = start(slug=plan.slug)

        assert purchase.status == Purchase.Status.OPEN
        assert purchase.checkout_url.startswith(shop.stripe.base_url)
        assert (purchase.credits, purchase.unit_amount, purchase.currency) == (105, 999, "usd")
        assert purchase.valid_for_days == 30

    def test_tells_stripe_whose_purchase_it_is(self, shop):
        user, plan = make_user(), shop.plan()

        purchase = start(user, plan.slug)

        [call] = shop.stripe.calls("POST", "/v1/checkout/sessions")
        sent = call["body"]
        for part in (
            f"client_reference_id={purchase.uuid}",
            f"metadata[purchase_id]={purchase.uuid}",
            f"metadata[user_id]={user.pk}",
            f"metadata[price_id]={purchase.plan_price.stripe_price_id}",
            f"payment_intent_data[metadata][purchase_id]={purchase.uuid}",
            "mode=payment",
            "line_items[0][quantity]=1",
        ):
            assert part in sent.replace("%5B", "[").replace("%5D", "]")
        assert call["headers"]["Idempotency-Key"].startswith(f"purchase:{purchase.uuid}:")
        assert "payment_method_types" not in sent

    @pytest.mark.parametrize(
        ("configured", "currency", "asked_for"),
        [
            (["card", "sepa_debit"], "usd", ["card"]),
            (["card", "sepa_debit"], "eur", ["card", "sepa_debit"]),
            # No page where more may pay than staff allowed: Stripe says what is wrong.
            (["sepa_debit"], "usd", ["sepa_debit"]),
        ],
    )
    def test_asks_for_the_payment_methods_that_the_currency_has(
        self, shop, settings, configured, currency, asked_for
    ):
        settings.PAYMENT_METHOD_TYPES = configured
        plan = shop.plan(currency=currency)

        checkout.start(user=make_user(), plan_slug=plan.slug, form_token=uuid4(), currency=currency)

        [call] = shop.stripe.calls("POST", "/v1/checkout/sessions")
        sent = parse_qsl(call["body"])
        assert [
            value for name, value in sent if name.startswith("payment_method_types")
        ] == asked_for

    def test_a_second_click_finds_the_same_page(self, shop):
        user, plan, token = make_user(), shop.plan(), uuid4()

        first, second = (start(user, plan.slug, token) for _ in range(2))

        assert first == second
        assert first.checkout_url == second.checkout_url
        assert len(shop.stripe.calls("POST", "/v1/checkout/sessions")) == 1

    def test_another_form_of_the_same_plan_leads_to_the_same_page(self, shop):
        user, plan = make_user(), shop.plan()

        purchases = [start(user, plan.slug) for _ in range(12)]

        assert len(set(purchases)) == 1
        assert {purchase.checkout_url for purchase in purchases} == {purchases[0].checkout_url}
        assert len(shop.stripe.calls("POST", "/v1/checkout/sessions")) == 1

    def test_another_plan_is_another_purchase(self, shop):
        user = make_user()

        first, second = (start(user, shop.plan().slug) for _ in range(2))

        assert first.stripe_session_id != second.stripe_session_id

    def test_a_form_of_a_finished_purchase_starts_nothing(self, shop):
        purchase = shop.sell()

        with pytest.raises(checkout.AlreadyFinished) as finished:
            start(purchase.account.user, purchase.plan.slug, purchase.form_token)

        assert finished.value.purchase == purchase

    def test_a_form_whose_session_has_expired_starts_nothing(self, shop):
        purchase = shop.open()
        Purchase.objects.filter(pk=purchase.pk)._raw_delete("default")  # noqa: SLF001
        purchase.session_expires_at = timezone.now()
        purchase.save(force_insert=True)

        with pytest.raises(checkout.AlreadyFinished):
            start(purchase.account.user, purchase.plan.slug, purchase.form_token)

    def test_a_form_of_another_person_is_another_purchase(self, shop):
        purchase = shop.open()

        other = start(make_user(), purchase.plan.slug, purchase.form_token)

        assert other.account != purchase.account
        assert other.stripe_session_id != purchase.stripe_session_id

    def test_refuses_an_unverified_address(self, shop):
        with pytest.raises(users.EmailNotVerified):
            start(make_user(verified=False), shop.plan().slug)

        assert not Purchase.objects.exists()

    @pytest.mark.parametrize("slug", ["", "no-such-plan", "' OR 1=1", "x" * 300])
    def test_refuses_an_unknown_plan(self, shop, slug):
        with pytest.raises(checkout.PlanUnavailable):
            start(slug=slug)

    def test_refuses_a_plan_that_was_switched_off(self, shop):
        plan = shop.plan()
        CreditPlan.objects.update(is_active=False)

        with pytest.raises(checkout.PlanUnavailable):
            start(slug=plan.slug)

    def test_refuses_a_price_that_was_taken_off_sale(self, shop):
        plan = shop.plan()
        catalog.withdraw(PlanPrice.objects.get(plan=plan))

        with pytest.raises(checkout.PlanUnavailable):
            start(slug=plan.slug)

        assert not shop.stripe.calls("POST", "/v1/checkout/sessions")

    def test_refuses_a_plan_that_is_not_published(self, shop):
        plan = make_plan()
        shop.stripe.switch(api_down=True)
        catalog.set_price(plan=plan, currency="usd", unit_amount=500)

        with pytest.raises(checkout.PlanUnavailable):
            start(slug=plan.slug)

    def test_refuses_more_than_so_many_in_an_hour(self, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 2
        user = make_user()
        first = start(user, shop.plan().slug)
        start(user, shop.plan().slug)

        with pytest.raises(checkout.TooManyCheckouts) as refusal:
            start(user, shop.plan().slug)

        assert refusal.value.retry_at == first.created_at + timedelta(hours=1)

    def test_counts_each_person_alone(self, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 1
        plan = shop.plan()
        start(make_user(), plan.slug)

        assert start(make_user(), plan.slug)

    def test_gives_a_person_one_customer(self, shop):
        user, plan = make_user(), shop.plan()

        for _ in range(3):
            start(user, plan.slug)

        assert Customer.objects.filter(user=user).count() == 1
        assert len(shop.stripe.calls("POST", "/v1/customers")) == 1

    def test_does_not_wait_for_a_customers_new_address(self, shop):
        user, plan = make_user(email="old@example.com"), shop.plan()
        start(user, plan.slug)
        user.email = "new@example.com"
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True)
        shop.stripe.switch(api_status=500, api_only="POST /v1/customers/{id}")

        assert start(user, plan.slug).status == Purchase.Status.OPEN

    def test_survives_a_customer_that_was_deleted_at_stripe(self, shop):
        user = make_user()
        start(user, shop.plan().slug)
        Customer.objects.filter(user=user).update(stripe_customer_id="cus_gone")

        assert start(user, shop.plan().slug).status == Purchase.Status.OPEN
        assert Customer.objects.current().get(user=user).stripe_customer_id != "cus_gone"

    def test_does_not_count_what_stripe_has_refused(self, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 1
        user, plan = make_user(), shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/checkout/sessions", api_times=2)
        for _ in range(2):
            with pytest.raises(stripe_gateway.GatewayRefused):
                start(user, plan.slug)

        assert start(user, plan.slug).status == Purchase.Status.OPEN

    def test_asks_for_a_time_that_stripe_takes_however_short_the_setting(self, shop, settings):
        settings.BILLING_SESSION_MINUTES = 30

        assert start(slug=shop.plan().slug).status == Purchase.Status.OPEN


class TestAfterAMoveToAnotherStripeAccount:
    def test_customer_product_and_price_are_made_anew_in_the_same_click(self, shop):
        user, plan = make_user(), shop.plan(unit_amount=999)
        start(user, plan.slug)
        old = PlanPrice.objects.get()
        shop.stripe.reset()

        purchase = start(user, plan.slug)

        old.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
        assert purchase.plan_price != old
        assert (purchase.plan_price.unit_amount, purchase.plan_price.is_active) == (999, True)
        assert not old.is_active
        assert "not at Stripe any more" in old.why

    def test_a_purchase_that_was_begun_goes_on_with_the_new_price(self, shop):
        user, plan, token = make_user(), shop.plan(), uuid4()
        shop.stripe.switch(api_down=True)
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(user, plan.slug, token)
        shop.stripe.switch(api_down=False)
        shop.stripe.reset()
        start(make_user(), plan.slug)

        purchase = start(user, plan.slug, token)

        assert purchase.status == Purchase.Status.OPEN
        assert purchase.plan_price.is_active


class TestAPriceThatWasArchivedAtStripe:
    @pytest.mark.parametrize("kind", ["prices", "products"])
    def test_stays_off_sale_and_staff_are_told(self, shop, kind):
        plan = shop.plan()
        price = PlanPrice.objects.get()
        stripe_id = price.stripe_price_id if kind == "prices" else price.stripe_product_id
        getattr(make_client(shop.stripe).v1, kind).update(stripe_id, {"active": False})

        with pytest.raises(checkout.PlanUnavailable):
            start(slug=plan.slug)

        price.refresh_from_db()
        assert "was archived at Stripe" in price.why
        assert checkout.plans_on_sale() == []
        assert Purchase.objects.get().status == Purchase.Status.FAILED


class TestStripeInTrouble:
    def test_down_leaves_a_purchase_that_the_same_form_goes_on_with(self, shop):
        user, plan, token = make_user(), shop.plan(), uuid4()
        shop.stripe.switch(api_down=True)
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(user, plan.slug, token)
        pending = Purchase.objects.get()
        assert pending.status == Purchase.Status.PENDING

        shop.stripe.switch(api_down=False)
        purchase = start(user, plan.slug, token)

        assert purchase == pending
        assert purchase.status == Purchase.Status.OPEN

    def test_an_answer_that_got_lost_does_not_make_a_second_session(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        user, plan, token = make_user(), shop.plan(), uuid4()
        start(user, shop.plan().slug)  # so that the customer is known
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/checkout/sessions")
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(user, plan.slug, token)
        shop.stripe.switch(api_hang_after_effect=0)

        purchase = start(user, plan.slug, token)

        sessions = shop.stripe.calls("POST", "/v1/checkout/sessions")
        assert len({call["response"]["id"] for call in sessions}) == 2
        assert purchase.stripe_session_id == sessions[-1]["response"]["id"]

    @pytest.mark.parametrize("call", ["/v1/customers", "/v1/checkout/sessions"])
    def test_a_second_click_waits_for_the_first_one_that_stripe_is_working_on(self, shop, call):
        plan = shop.plan()
        shop.stripe.switch(api_status=409, api_only=f"POST {call}", api_times=2)

        purchase = start(slug=plan.slug)

        assert purchase.status == Purchase.Status.OPEN

    def test_slow_is_given_up_in_time_to_answer_within_ten_seconds(self, shop, settings):
        calls_at_most = 2  # the customer, and the session
        assert conf.timeout() * calls_at_most < 10
        settings.STRIPE_TIMEOUT = 0.2
        plan = shop.plan()
        shop.stripe.switch(api_slow=1.0)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(slug=plan.slug)

    def test_refusing_ends_the_purchase_with_stripes_words(self, shop):
        user, plan = make_user(), shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/checkout/sessions", api_times=1)

        with pytest.raises(stripe_gateway.GatewayRefused) as refusal:
            start(user, plan.slug)

        purchase = Purchase.objects.get()
        assert purchase.status == Purchase.Status.FAILED
        assert purchase.why == f"Stripe: {refusal.value}"
        assert start(user, plan.slug)

    def test_refusing_the_customer_ends_the_purchase_too(self, shop):
        plan = shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/customers")

        with pytest.raises(stripe_gateway.GatewayRefused):
            start(slug=plan.slug)

        purchase = Purchase.objects.get()
        assert purchase.status == Purchase.Status.FAILED
        assert purchase.problem

    def test_refusing_the_address_ends_the_purchase_where_staff_see_it(self, shop):
        user, plan = make_user(email="buyer@nowhere"), shop.plan()

        with pytest.raises(stripe_gateway.GatewayRefused):
            start(user, plan.slug)

        purchase = Purchase.objects.get()
        assert purchase.status == Purchase.Status.FAILED
        assert purchase.problem
        assert not Customer.objects.filter(user=user).exists()


class TestAskingAgain:
    def test_a_quarter_of_an_hour_later_asks_with_a_time_of_now(self, shop, time_machine):
        user, plan, token = make_user(), shop.plan(), uuid4()
        shop.stripe.switch(api_status=503, api_only="POST /v1/checkout/sessions")
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(user, plan.slug, token)
        shop.stripe.switch(api_status=None)
        time_machine.move_to(timezone.now() + timedelta(minutes=16))

        purchase = start(user, plan.slug, token)

        assert purchase.status == Purchase.Status.OPEN
        assert purchase.session_expires_at - timezone.now() > timedelta(minutes=40)

    def test_finds_the_session_whose_answer_was_lost_though_it_asks_anew(
        self, shop, settings, time_machine
    ):
        settings.STRIPE_TIMEOUT = 0.3
        user, plan, token = make_user(), shop.plan(), uuid4()
        start(user, shop.plan().slug)  # so that the customer is known
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/checkout/sessions")
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            start(user, plan.slug, token)
        shop.stripe.switch(api_hang_after_effect=0)
        settings.STRIPE_TIMEOUT = 4
        time_machine.move_to(timezone.now() + timedelta(minutes=16))

        purchase = start(user, plan.slug, token)

        made = shop.stripe.calls("POST", "/v1/checkout/sessions")
        assert len(made) == 2
        assert purchase.stripe_session_id == made[-1]["response"]["id"]


class TestPressingAgain:
    def test_for_another_number_closes_the_first_page(self, shop):
        user, plan = make_user(), shop.plan(quantity_maximum=5)
        first = shop.open(user=user, plan=plan)

        second = shop.open(user=user, plan=plan, quantity=3)

        first.refresh_from_db()
        assert (first.status, first.checkout_url) == (Purchase.Status.EXPIRED, "")
        assert (second.quantity, second.credits, second.amount_subtotal) == (3, 300, 3000)
        assert retrieve(shop, first).status == "expired"

    def test_with_the_same_form_filled_in_otherwise_is_another_purchase(self, shop):
        user, plan, token = make_user(), shop.plan(quantity_maximum=5), uuid4()
        first = shop.open(user=user, plan=plan, form_token=token)

        second = shop.open(user=user, plan=plan, form_token=token, quantity=2)

        assert second != first
        assert second == shop.open(user=user, plan=plan, form_token=token, quantity=2)

    def test_after_the_price_changed_promises_the_new_one(self, shop):
        user, plan = make_user(), shop.plan(unit_amount=1000)
        shop.open(user=user, plan=plan)
        catalog.set_price(plan=plan, currency="usd", unit_amount=1200)

        assert shop.open(user=user, plan=plan).unit_amount == 1200
        assert Purchase.objects.filter(status=Purchase.Status.OPEN).count() == 1

    def test_after_the_page_has_ended_opens_another(self, shop):
        user, plan = make_user(), shop.plan()
        first = shop.open(user=user, plan=plan)
        make_client(shop.stripe).v1.checkout.sessions.expire(first.stripe_session_id)

        second = shop.open(user=user, plan=plan)

        first.refresh_from_db()
        assert first.status == Purchase.Status.EXPIRED
        assert second.status == Purchase.Status.OPEN

    def test_leads_to_the_page_while_stripe_is_silent(self, shop):
        user, plan = make_user(), shop.plan()
        first = shop.open(user=user, plan=plan)
        shop.stripe.switch(api_down=True)

        assert shop.open(user=user, plan=plan) == first

    def test_goes_on_with_a_purchase_that_another_form_could_not_open(self, shop):
        user, plan = make_user(), shop.plan()
        shop.stripe.switch(api_down=True)
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            shop.open(user=user, plan=plan)
        shop.stripe.switch(api_down=False)

        purchase = shop.open(user=user, plan=plan)

        assert Purchase.objects.get() == purchase
        assert purchase.status == Purchase.Status.OPEN


class TestOrders:
    def test_of_several_ask_stripe_for_so_many_and_nobody_may_change_it_there(self, shop):
        purchase = shop.open(plan=shop.plan(quantity_maximum=5, bonus_credits=5), quantity=3)

        [item] = items_of(shop, purchase)
        sent = sent_for(shop)
        assert (purchase.credits, purchase.unit_amount, purchase.amount_subtotal) == (
            315,
            1000,
            3000,
        )
        assert (item.quantity, item.amount_total, item.adjustable_quantity) == (3, 3000, None)
        assert sent["line_items[0][price]"] == purchase.plan_price.stripe_price_id
        assert sent["metadata[quantity]"] == "3"
        assert "line_items[0][adjustable_quantity][enabled]" not in sent

    def test_by_amount_tell_stripe_the_amount_and_the_product(self, shop):
        purchase = shop.open(plan=shop.plan_by_amount(), amount=3750)

        [item] = items_of(shop, purchase)
        sent = sent_for(shop)
        price = purchase.plan_price
        assert (purchase.credits, purchase.unit_amount, purchase.quantity) == (375, 3750, 1)
        assert (item.amount_total, item.price.product) == (3750, price.stripe_product_id)
        assert sent["line_items[0][price_data][unit_amount]"] == "3750"
        assert sent["metadata[price_id]"] == str(price.uuid)
        assert "line_items[0][price]" not in sent

    def test_round_parts_of_a_credit_down(self, shop):
        plan = shop.plan_by_amount(credits=3, unit_amount=200, step=1)

        assert shop.open(plan=plan, amount=599).credits == 8

    @pytest.mark.parametrize("quantity", [0, -1, 4, 10**30])
    def test_of_a_number_that_the_plan_does_not_have_are_refused(self, shop, quantity):
        plan = shop.plan(quantity_maximum=3)

        with pytest.raises(catalog.ImpossibleQuantity, match="quantity: 1 to 3"):
            shop.open(plan=plan, quantity=quantity)

        assert not Purchase.objects.exists()

    def test_above_what_stripe_charges_are_refused(self, shop):
        plan = shop.plan(quantity_maximum=100, unit_amount=2_500_000)

        with pytest.raises(catalog.ImpossibleQuantity, match="quantity: 1 to 39"):
            shop.open(plan=plan, quantity=40)

        assert shop.open(plan=plan, quantity=39).amount_subtotal == 97_500_000

    @pytest.mark.parametrize("amount", [None, 0, -500, 450, 499, 3775, 50_050, 10**30])
    def test_of_an_amount_that_may_not_be_chosen_are_refused(self, shop, amount):
        plan = shop.plan_by_amount()

        with pytest.raises(catalog.ImpossibleAmount, match="amount: 500 to 50000 usd"):
            shop.open(plan=plan, amount=amount)

        assert not Purchase.objects.exists()

    def test_of_several_amounts_are_refused(self, shop):
        with pytest.raises(catalog.ImpossibleQuantity):
            shop.open(plan=shop.plan_by_amount(), amount=500, quantity=2)

    def test_name_no_amount_where_the_plan_has_a_price(self, shop):
        with pytest.raises(catalog.ImpossibleAmount, match="none, as the plan has a price"):
            shop.open(plan=shop.plan(), amount=1000)

    def test_of_an_amount_that_pays_for_no_credit_any_more_are_refused(self, shop):
        plan = shop.plan_by_amount(credits=10, unit_amount=5000)
        CreditPlan.objects.update(credits=1)

        with pytest.raises(catalog.ImpossibleAmount):
            shop.open(plan=plan, amount=4950)

    def test_go_on_where_stripe_has_lost_the_product(self, shop):
        plan = shop.plan_by_amount()
        old = plan.prices.get()
        shop.stripe.reset()

        purchase = shop.open(plan=plan, amount=3750)

        assert purchase.status == Purchase.Status.OPEN
        assert purchase.plan_price != old
        assert purchase.plan_price.amount_maximum == 50_000


class TestCurrencies:
    def test_are_chosen_for_each_purchase(self, shop):
        user, plan = make_user(), shop.plan(unit_amount=1000)
        catalog.set_price(plan=plan, currency="eur", unit_amount=900)
        shop.sell(user=user, plan=plan)

        purchase = shop.sell(user=user, plan=plan, currency="eur")

        assert purchase.is_paid
        assert (purchase.currency, purchase.payment.amount_received) == ("eur", 900)
        assert Customer.objects.filter(user=user).count() == 1

    def test_without_a_price_are_refused(self, shop):
        with pytest.raises(checkout.PlanUnavailable):
            shop.open(plan=shop.plan(), currency="jpy")

    def test_another_one_closes_the_first_page(self, shop):
        user, plan = make_user(), shop.plan()
        catalog.set_price(plan=plan, currency="eur", unit_amount=900)
        first = shop.open(user=user, plan=plan)

        shop.open(user=user, plan=plan, currency="eur")

        first.refresh_from_db()
        assert first.status == Purchase.Status.EXPIRED


def retrieve(shop, purchase):
    return make_client(shop.stripe).v1.checkout.sessions.retrieve(purchase.stripe_session_id)


def items_of(shop, purchase):
    client = make_client(shop.stripe)
    return client.v1.checkout.sessions.line_items.list(purchase.stripe_session_id).data


def sent_for(shop):
    """What Stripe was asked with for the newest session."""
    return dict(parse_qsl(shop.stripe.calls("POST", "/v1/checkout/sessions")[-1]["body"]))


class TestPlansOnSale:
    def test_are_active_published_and_in_the_order_of_the_window(self, shop):
        last = shop.plan(sort_order=2)
        first = shop.plan(sort_order=1)
        shop.plan(is_active=False)
        shop.plan(currency="eur")
        make_plan()

        assert [price.plan for price in checkout.plans_on_sale()] == [first, last]
