"""
Webhooks under fire: thousands of deliveries, many times over, in any order, to many processes.

Here in small; `python -m tests.benchmarks.deliveries` does it with 2,000 sessions and prints
figures.
"""

import os
import tempfile
from random import Random
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.db import connection

from billing import jobs, reconciliation
from billing.models import Purchase, StripeEvent
from billing.webhooks.handlers import HANDLERS
from credits import ledger
from stripe_sandbox import signing
from tests.chaos import books, garbage, serving
from tests.chaos.crowd import Crowd
from tests.people import make_user
from tests.truth import Truth

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261124


@pytest.fixture
def database():
    """The test's database, by an address that other processes understand."""
    server = urlsplit(os.environ["DATABASE_URL"])
    return server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture
def site(stripe_sandbox, database):
    with (
        tempfile.TemporaryDirectory(prefix="site") as folder,
        serving.site(folder, workers=4, database=database, stripe=stripe_sandbox.base_url) as path,
    ):
        yield path


@pytest.fixture
def crowd(shop, settings):
    settings.BILLING_CHECKOUTS_PER_HOUR = 1000
    return Crowd(
        shop.stripe,
        Random(SEED),
        users=[make_user() for _ in range(8)],
        plans=[shop.plan(credits=100, unit_amount=1000), shop.plan(credits=7, unit_amount=999)],
    )


def several_times(events, chance, copies):
    bodies = [signing.payload(event) for event in events] * copies
    chance.shuffle(bodies)
    return bodies


class TestDeliveries:
    def test_lose_nothing_and_do_nothing_twice(self, shop, crowd, site):
        crowd.buy(60)
        events = [event for event in shop.stripe.events() if event["type"] in HANDLERS]
        shop.stripe.switch(api_slow=30)  # no webhook may notice

        answers = serving.deliver(site, several_times(events, crowd.chance, 4), threads=8)

        assert set(answers.codes) == {200}
        truth = Truth(shop.stripe.events())
        assert books.faults(truth, events={event["id"] for event in events}) == []
        assert Purchase.objects.filter(status=Purchase.Status.PAID).count() > 40

    def test_beside_two_reconciliations_and_people_who_spend(self, shop, crowd, site, settings):
        settings.BILLING_RECONCILE_PATIENCE = 0
        crowd.buy(30)
        events = [event for event in shop.stripe.events() if event["type"] in HANDLERS]
        failures = []

        def beside(act):
            try:
                act()
            except Exception as error:  # noqa: BLE001 (told below)
                failures.append(error)
            finally:
                connection.close()

        def spend():
            for number in range(200):
                account = crowd.chance.choice(crowd.users).credit_account
                try:
                    ledger.spend(account=account, credits=3, key=f"work {number}")
                except ledger.InsufficientCredits:
                    continue

        others = [
            Thread(target=beside, args=[act]) for act in (jobs.reconcile, jobs.reconcile, spend)
        ]
        for thread in others:
            thread.start()
        answers = serving.deliver(site, several_times(events, crowd.chance, 3), threads=4)
        for thread in others:
            thread.join()

        assert failures == []
        assert set(answers.codes) == {200}
        truth = Truth(shop.stripe.events())
        assert books.faults(truth, events={event["id"] for event in events}) == []
        assert not list(
            reconciliation.reconcile(reconciliation.Run(since=crowd.began), repair=False)
        )


class TestSilence:
    def test_is_made_good_by_reconciling(self, shop, crowd, settings):
        """As after four days in which no webhook came."""
        settings.BILLING_RECONCILE_PATIENCE = 0
        crowd.buy(40)

        remaining = jobs.reconcile()

        handled = {event["id"] for event in shop.stripe.events() if event["type"] in HANDLERS}
        assert remaining == 0
        assert books.faults(Truth(shop.stripe.events()), events=handled) == []


class TestStrangers:
    def test_get_no_error_and_leave_no_row(self, shop, site):
        shop.pay(shop.open())
        chance = Random(SEED)
        requests = garbage.requests(chance, shop.stripe.events(), 800)

        answers = serving.throw(site, requests, threads=8)

        assert set(answers.codes) <= {400, 405, 413}
        assert answers.codes[400] > 600
        assert not StripeEvent.objects.exists()
