"""Many at once, and processes that are killed: one fall is charged once, a month never too much."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings as project
from django.db import connection
from django.utils import timezone

from billing.models import Purchase, TopUp, TopUpMonth
from billing.topups import charging, falls, rules
from credits import ledger
from tests.billing.topups.factories import charges, queued, spend, switch_on
from tests.people import make_user
from tests.processes import running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# Seconds for eight processes on a machine that has other things to do.
PATIENCE = 300
CREATE = "POST /v1/payment_intents"


@pytest.fixture(autouse=True)
def _patience(settings):
    """On a busy machine sixteen threads take longer than a shop would wait for Stripe."""
    settings.STRIPE_TIMEOUT = 60


def at_once(*calls):
    """Run calls in a thread each, all started together; return their results or errors."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(30)
            return call()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def worker(shop):
    """Start a process that sweeps and charges, and goes on for some rounds after one is paid."""
    database = connection.settings_dict
    return running(
        [sys.executable, "-m", "tests.billing.topups.worker"],
        cwd=project.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TEST_DATABASE": database["NAME"],
            "SANDBOX": shop.stripe.base_url,
        },
    )


class TestOneFall:
    @pytest.mark.slow
    def test_is_charged_once_by_eight_workers(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 20)

        with ExitStack() as started:
            workers = [started.enter_context(worker(shop)) for _ in range(8)]
            assert [process.wait(PATIENCE) for process in workers] == [0] * 8

        assert len(charges(shop)) == 1
        assert Purchase.objects.filter(is_topup=True).count() == 1
        assert ledger.balance(rule.account) == 140

    @pytest.mark.slow
    def test_is_charged_once_where_workers_are_killed_before_the_answer(self, shop):
        topup = queued(shop)
        shop.stripe.switch(api_hang_after_effect=60, api_times=1, api_only=CREATE)
        with worker(shop) as killed:
            wait_until(lambda: charges(shop))
            os.kill(killed.pid, signal.SIGKILL)
        assert not TopUp.objects.filter(pk=topup.pk, status="paid").exists()
        TopUp.objects.filter(pk=topup.pk).update(due_at=timezone.now())

        with ExitStack() as started:
            workers = [started.enter_context(worker(shop)) for _ in range(8)]
            assert [process.wait(PATIENCE) for process in workers] == [0] * 8

        assert len(charges(shop)) == 1
        assert len(shop.stripe.events("payment_intent.created")) == 1
        assert ledger.balance(topup.account) == 140

    def test_is_queued_once_by_sixteen_threads(self, shop):
        rule = switch_on(shop)
        spend(rule.account, 20)

        results = at_once(*[lambda: falls.queue(rule.pk)] * 16)

        assert sum(isinstance(result, TopUp) for result in results) == 1
        assert TopUpMonth.objects.get().charged == 1000

    def test_is_granted_once_by_the_answer_and_by_the_webhook(self, shop):
        topup = queued(shop)
        charging.charge(topup.pk)
        TopUp.objects.filter(pk=topup.pk).update(
            status="charging", closed_at=None, due_at=timezone.now()
        )
        (event,) = shop.stripe.events("payment_intent.succeeded")

        at_once(
            *[lambda: charging.charge(topup.pk)] * 4,
            *[lambda: shop.post(event)] * 4,
        )

        assert ledger.balance(topup.account) == 140
        assert len(charges(shop)) == 1


class TestSwitchingOff:
    def test_at_the_moment_of_the_charge_is_before_it_or_after_it(self, shop):
        topup = queued(shop)
        user = topup.account.user

        at_once(
            *[lambda: charging.charge(topup.pk)] * 4,
            *[lambda: rules.switch_off_for(user)] * 4,
        )

        topup.refresh_from_db()
        asked = len(shop.stripe.calls("POST", "/v1/payment_intents"))
        assert (topup.status, asked) in {("paid", 1), ("canceled", 0)}
        charging.charge_due(at=timezone.now() + timedelta(days=2))
        assert len(shop.stripe.calls("POST", "/v1/payment_intents")) == asked


class TestWarningOfFraud:
    def test_at_the_moment_of_the_charge_is_before_it_or_after_it(self, shop, settings):
        settings.BILLING_FRAUD_HOLD = True
        bought = shop.sell()
        topup = queued(shop, user=bought.account.user, credits=0, spent=60)
        shop.stripe.warn(bought.payment.stripe_payment_intent_id)
        event = shop.event("radar.early_fraud_warning.created")

        at_once(
            *[lambda: charging.charge(topup.pk)] * 4,
            *[lambda: shop.post(event)] * 4,
        )

        topup.refresh_from_db()
        asked = len(shop.stripe.calls("POST", "/v1/payment_intents"))
        assert (topup.status, asked) in {("paid", 1), ("queued", 0)}
        charging.charge_due(at=timezone.now() + timedelta(days=2))
        assert len(shop.stripe.calls("POST", "/v1/payment_intents")) == asked


class TestMonth:
    def test_is_never_charged_more_than_its_limit(self, shop):
        rule = switch_on(shop, monthly_limit=2000)
        spend(rule.account, 60)

        for _ in range(6):
            at_once(*[falls.sweep] * 4, *[charging.charge_due] * 4)
            balance = ledger.balance(rule.account)
            if balance:
                spend(rule.account, balance)

        assert TopUpMonth.objects.get().charged == 2000
        assert len(charges(shop)) == 2

    def test_of_several_people_is_their_own(self, shop):
        plan = shop.plan()
        for _ in range(3):
            rule = switch_on(shop, user=make_user(), plan=plan, monthly_limit=1000)
            spend(rule.account, 20)

        at_once(*[falls.sweep] * 4)
        at_once(*[charging.charge_due] * 4)

        assert list(TopUpMonth.objects.values_list("charged", flat=True)) == [1000] * 3
        assert len(charges(shop)) == 3
