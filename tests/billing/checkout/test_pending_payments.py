"""Nobody pays twice while a payment of theirs may have arrived."""

from uuid import uuid4

import pytest
from django.utils import timezone

from billing import checkout, stripe_gateway
from billing.checkout import pending_payments
from billing.models import Purchase, StripeEvent
from tests.people import make_user
from tests.shop import promised

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make_user()


class TestAPageThatWasPaid:
    """Of which the site has not heard yet."""

    @pytest.mark.parametrize("is_same_plan", [True, False])
    def test_leads_to_its_credits_instead_of_a_second_page(self, shop, user, is_same_plan):
        plan = shop.plan()
        other = plan if is_same_plan else shop.plan()
        first = shop.open(user=user, plan=plan)
        shop.pay(first)

        with pytest.raises(pending_payments.PaidMeanwhile) as refused:
            shop.open(user=user, plan=other)

        assert refused.value.purchase == first
        first.refresh_from_db()
        assert first.is_paid
        assert Purchase.objects.get() == first

    def test_leads_there_from_the_same_form_filled_in_otherwise(self, shop, user):
        plan, token = shop.plan(quantity_maximum=5), uuid4()
        first = shop.open(user=user, plan=plan, form_token=token)
        shop.pay(first)

        with pytest.raises(pending_payments.PaidMeanwhile):
            shop.open(user=user, plan=plan, form_token=token, quantity=2)

        assert Purchase.objects.get() == first

    def test_keeps_others_from_nothing(self, shop, user):
        plan = shop.plan()
        shop.pay(shop.open(plan=plan))

        assert shop.open(user=user, plan=plan).status == Purchase.Status.OPEN

    def test_lets_the_person_buy_again_once_they_know(self, shop, user):
        plan = shop.plan()
        shop.pay(shop.open(user=user, plan=plan))
        with pytest.raises(pending_payments.PaidMeanwhile):
            shop.open(user=user, plan=plan)

        assert shop.open(user=user, plan=plan).status == Purchase.Status.OPEN


class TestAPageThatIsOpen:
    def test_of_another_plan_stops_nobody(self, shop, user):
        first, second = shop.open(user=user), shop.open(user=user)

        assert first.status == second.status == Purchase.Status.OPEN

    def test_of_another_plan_of_which_stripe_says_nothing_opens_no_second(self, shop, user):
        shop.open(user=user)
        shop.stripe.switch(api_down=True, api_only="GET /v1/checkout/sessions")

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            shop.open(user=user)

        assert Purchase.objects.count() == 1


class TestAPaymentThatMayArriveYet:
    @pytest.fixture
    def pending(self, shop, user):
        """A purchase whose money the bank has not sent yet."""
        purchase = shop.open(user=user)
        shop.pay(purchase, "debit_clears")
        shop.deliver()
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PROCESSING
        return purchase

    @pytest.mark.parametrize("is_same_plan", [True, False])
    def test_is_told_of_before_another_purchase(self, shop, user, pending, is_same_plan):
        plan = pending.plan if is_same_plan else shop.plan()

        with pytest.raises(pending_payments.MayBePaid) as refused:
            shop.open(user=user, plan=plan)

        assert refused.value.purchase == pending
        assert Purchase.objects.get() == pending

    def test_stops_nobody_who_was_told_of_it(self, shop, user, pending):
        bought = shop.open(user=user, plan=pending.plan, beside=pending.uuid)

        assert bought.status == Purchase.Status.OPEN

    def test_stops_somebody_who_was_told_of_another_one(self, shop, user, pending):
        with pytest.raises(pending_payments.MayBePaid):
            shop.open(user=user, beside=uuid4())

    def test_is_found_by_the_same_click_that_hears_of_it(self, shop, user):
        first = shop.open(user=user)
        shop.pay(first, "debit_clears")  # of which the site has not heard

        with pytest.raises(pending_payments.MayBePaid):
            shop.open(user=user)

    def test_stops_nobody_once_it_has_arrived(self, shop, user, pending):
        intent = shop.event("checkout.session.completed")["data"]["object"]["payment_intent"]
        shop.stripe.settle_debit(intent)
        shop.deliver()

        assert shop.open(user=user).status == Purchase.Status.OPEN

    def test_is_one_that_our_staff_look_at(self, shop, user):
        strange = shop.open(user=user)
        Purchase.objects.filter(pk=strange.pk).update(problem="strange")

        with pytest.raises(pending_payments.MayBePaid):
            shop.open(user=user, plan=strange.plan)
        bought = shop.open(user=user, plan=strange.plan, beside=strange.uuid)

        assert (bought.status, bought.problem) == (Purchase.Status.OPEN, "")

    def test_is_one_that_ended_with_news_set_aside(self, shop, user):
        over = shop.open(user=user)
        Purchase.objects.filter(pk=over.pk).update(status=Purchase.Status.FAILED)
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id="evt_strange",
            type="checkout.session.completed",
            payload={},
            state=StripeEvent.State.QUARANTINED,
            purchase=over,
        )

        with pytest.raises(pending_payments.MayBePaid):
            shop.open(user=user)

    def test_is_not_one_that_staff_have_closed(self, shop, user):
        strange = shop.open(user=user)
        Purchase.objects.filter(pk=strange.pk).update(problem="strange")
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id="evt_strange",
            type="checkout.session.completed",
            payload={},
            state=StripeEvent.State.RESOLVED,
            resolution=StripeEvent.Resolution.DISMISS,
            resolution_note="Nothing was paid",
            resolved_at=timezone.now(),
            resolved_by=make_user(is_staff=True),
            purchase=strange,
        )

        assert shop.open(user=user).status == Purchase.Status.OPEN

    @pytest.mark.parametrize("status", [Purchase.Status.OPEN, Purchase.Status.PROCESSING])
    def test_is_not_one_of_the_other_mode(self, shop, user, status):
        other = shop.open(user=user)
        live = promised(other, livemode=True, status=status, stripe_session_id="cs_live_1")
        Purchase.objects.create(**live)

        assert shop.open(user=user).status == Purchase.Status.OPEN

    def test_is_not_one_that_stripe_refused(self, shop, user):
        plan = shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/checkout/sessions", api_times=1)
        with pytest.raises(stripe_gateway.GatewayRefused):
            shop.open(user=user, plan=plan)

        assert shop.open(user=user, plan=plan).status == Purchase.Status.OPEN


class TestNextUrl:
    def test_is_that_of_the_newest_click(self, shop, user):
        plan = shop.plan()
        shop.open(user=user, plan=plan, next_url="/first/")
        shop.open(user=user, plan=plan, next_url="/second/")
        shop.open(user=user, plan=plan)

        assert Purchase.objects.get().next_url == "/second/"

    def test_never_reaches_stripe(self, shop, user):
        shop.open(user=user, next_url="/app/?kept=1")

        assert not any(
            "kept=1" in str(one) for one in shop.stripe.calls("POST", "/v1/checkout/sessions")
        )


def test_checkout_names_the_purchase_in_its_words(shop, user):
    plan = shop.plan()
    shop.pay(shop.open(user=user, plan=plan))

    with pytest.raises(pending_payments.PaidMeanwhile, match="is paid"):
        checkout.start(user=user, plan_slug=plan.slug, form_token=uuid4())
