"""Who has fallen below their threshold, by the facts: once a fall, whatever was missed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import CreditPlan, OutgoingMail, TopUp, TopUpMonth
from billing.topups import charging, falls, rules
from credits import holds, ledger
from credits.signals import credits_spent
from tests.billing.topups.factories import charged, queued, spend, switch_on
from tests.credits.factories import make_lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def listening():
    """Connect the receiver, as an app does that starts with automatic top-up on."""
    credits_spent.connect(falls.react)
    yield
    credits_spent.disconnect(falls.react)


class TestSweep:
    def test_queues_whoever_is_below(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 20)

        assert falls.sweep() == 1

        topup = TopUp.objects.get()
        assert (topup.status, topup.seq) == ("queued", 2)
        assert (topup.purchase.is_topup, topup.purchase.credits) == (True, 100)

    def test_leaves_whoever_is_at_the_threshold(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 10)

        assert falls.sweep() == 0

    @pytest.mark.parametrize(
        "change", [{"credits": 99}, {"valid_for_days": 365}, {"valid_for_days": 1}], ids=str
    )
    def test_buys_nothing_that_is_less_than_was_agreed_to(self, shop, change):
        rule = switch_on(shop)
        CreditPlan.objects.update(**change)
        spend(rule.account, 20)

        assert falls.sweep() == 0

        rule.refresh_from_db()
        assert (rule.is_on, rule.off_reason) == (False, "plan")
        assert OutgoingMail.objects.get().kind == "topup_off"

    @pytest.mark.parametrize(
        ("change", "credits", "days"),
        [
            ({"credits": 90, "bonus_credits": 10}, 100, 30),
            ({"bonus_credits": 20}, 120, 30),
            ({"valid_for_days": 31}, 100, 31),
            ({"valid_for_days": None}, 100, None),
        ],
        ids=str,
    )
    def test_buys_what_is_as_much_or_more(self, shop, change, credits, days):
        rule = switch_on(shop, plan=shop.plan(valid_for_days=30))
        CreditPlan.objects.update(**change)
        spend(rule.account, 20)

        assert falls.sweep() == 1

        purchase = TopUp.objects.get().purchase
        assert (purchase.credits, purchase.valid_for_days) == (credits, days)

    def test_queues_one_at_a_time(self, shop):
        queued(shop)

        assert falls.sweep() == 0
        assert TopUp.objects.count() == 1

    def test_counts_what_has_expired(self, shop):
        rule = switch_on(shop, credits=0)
        now = timezone.now()
        make_lot(account=rule.account, credits=60, expires_at=now + timedelta(days=1))

        assert falls.sweep(at=now) == 0
        assert falls.sweep(at=now + timedelta(days=2)) == 1

    def test_counts_what_is_held(self, shop):
        rule = switch_on(shop)
        holds.hold(account=rule.account, credits=20, key="hold")

        assert falls.sweep() == 1

    def test_queues_the_next_fall(self, shop):
        topup = charged(shop)
        spend(topup.account, 100)

        assert falls.sweep() == 1

    def test_queues_no_second_one_for_a_fall_that_was_given_up(self, shop):
        topup = queued(shop, card="authenticationRequired")
        charging.charge_due()
        spend(topup.account, 10)

        assert falls.sweep() == 0

    def test_queues_again_after_a_rise_that_nobody_saw(self, shop):
        topup = queued(shop, card="authenticationRequired")
        charging.charge_due()
        make_lot(account=topup.account, credits=100)
        spend(topup.account, 100)

        assert falls.sweep() == 1

    def test_queues_nothing_above_the_months_limit(self, shop):
        topup = charged(shop, monthly_limit=1999)
        spend(topup.account, 100)

        assert falls.sweep() == 0
        assert TopUpMonth.objects.get().charged == 1000

    def test_starts_anew_with_the_next_month(self, shop):
        topup = charged(shop, monthly_limit=1999)
        spend(topup.account, 100)

        assert falls.sweep(at=timezone.now() + timedelta(days=32)) == 1

    def test_queues_nothing_where_it_is_off(self, shop):
        rule = switch_on(shop)
        rules.switch_off_for(rule.account.user)
        spend(rule.account, 20)

        assert falls.sweep() == 0

    def test_queues_nothing_where_the_site_has_switched_it_off(self, shop, settings):
        rule = switch_on(shop)
        spend(rule.account, 20)
        settings.BILLING_TOP_UPS = False

        assert falls.sweep() == 0

    def test_queues_nothing_for_a_user_who_was_switched_off(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 20)
        rule.account.user.is_active = False
        rule.account.user.save()

        assert falls.sweep() == 0

    def test_switches_off_where_the_price_has_changed(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 20)
        rule.plan_price.plan.prices.update(is_active=False)

        assert falls.sweep() == 0

        rule.refresh_from_db()
        assert rule.off_reason == "price"


class TestReact:
    def test_queues_a_moment_after_the_spend(
        self, shop, listening, django_capture_on_commit_callbacks
    ):
        rule = switch_on(shop)

        with django_capture_on_commit_callbacks(execute=True):
            spend(rule.account, 20)

        assert TopUp.objects.get().rule == rule

    def test_asks_nothing_for_a_balance_above_every_threshold(
        self, shop, listening, django_assert_num_queries, django_capture_on_commit_callbacks
    ):
        rule = switch_on(shop, credits=100)
        with django_capture_on_commit_callbacks(execute=True):
            spend(rule.account, 1)

        with django_capture_on_commit_callbacks() as callbacks:
            spend(rule.account, 1)

        with django_assert_num_queries(0):
            [callback() for callback in callbacks]

    def test_leaves_others_alone(self, shop, listening, django_capture_on_commit_callbacks):
        switch_on(shop)
        other = make_lot(credits=60).account

        with django_capture_on_commit_callbacks(execute=True):
            spend(other, 20)

        assert not TopUp.objects.exists()
        assert ledger.balance(other) == 40
