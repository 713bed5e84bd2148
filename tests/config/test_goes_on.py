"""
What stops and what goes on while a neighbour is slow, full or away: the table in operations.md.

Mail servers and connections have processes of their own, in `test_neighbours.py`.
"""

import time
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from django.core.cache.backends.base import BaseCache
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from billing.models import Purchase, StripeEvent
from credits import ledger
from credits.models import Account
from tests.people import PASSWORD, make_user


class Away(BaseCache):
    """A cache whose server does not answer."""

    def __init__(self, location, params):
        super().__init__(params)

    def _refuse(self, *args, **kwargs):
        raise ConnectionError("Connection refused.")

    add = get = set = delete = incr = get_many = _refuse


@contextmanager
def disk_full(*tables):
    """Let PostgreSQL refuse new rows with the error that a full disk gives."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_for_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device'"
            " USING ERRCODE = 'disk_full'; END $$"
        )
        for table in tables:
            cursor.execute(
                f"CREATE TRIGGER a_full_disk BEFORE INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_for_space()"
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse_for_space CASCADE")


@pytest.fixture
def visitor():
    """A browser that gets an error page where a person would."""
    return Client(raise_request_exception=False)


@pytest.mark.django_db(transaction=True)
class TestDiskFull:
    def test_spending_and_buying_stop_and_reading_goes_on(self, shop, visitor):
        user = make_user()
        shop.sell(user=user)
        plan = shop.plan()
        account = Account.objects.get(user=user)
        visitor.force_login(user)

        with disk_full("credits_credittransaction", "billing_purchase"):
            with pytest.raises(OperationalError) as refused:
                ledger.spend(account=account, credits=3, key="one")
            bought = visitor.post(
                reverse("billing:buy", args=[plan.slug]), {"form_token": str(uuid4())}
            )
            overview = visitor.get(reverse("billing:overview"))

        assert isinstance(refused.value.__cause__, psycopg.errors.DiskFull)
        assert bought.status_code == 503
        assert overview.status_code == 200
        assert Purchase.objects.count() == 1
        ledger.spend(account=account, credits=3, key="one")
        assert ledger.balance(account) == 97

    def test_a_webhook_is_taken_in_when_stripe_repeats_it(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        events = shop.undelivered()

        with disk_full("billing_stripeevent"):
            refused = {shop.post(event).status_code for event in events}
        taken = {shop.post(event).status_code for event in events}

        purchase.refresh_from_db()
        assert (refused, taken) == ({500}, {200})
        assert purchase.status == "paid"
        assert StripeEvent.objects.count() == len(events)


@pytest.mark.django_db
class TestStripeSlow:
    def test_buying_ends_in_time_and_all_else_goes_on(self, shop, settings, visitor):
        settings.STRIPE_TIMEOUT = 0.5
        plan, user = shop.plan(), make_user()
        visitor.force_login(user)
        shop.stripe.switch(api_slow=60)

        begun = time.monotonic()
        bought = visitor.post(
            reverse("billing:buy", args=[plan.slug]), {"form_token": str(uuid4())}
        )
        took = time.monotonic() - begun
        overview = visitor.get(reverse("billing:overview"))

        assert bought.status_code == 503
        assert took < 30, "a request waited for Stripe"
        assert overview.status_code == 200


@pytest.mark.django_db
class TestCacheAway:
    @pytest.fixture(autouse=True)
    def away(self, settings):
        settings.CACHES = {"default": {"BACKEND": f"{__name__}.Away"}}

    def test_nobody_new_gets_in_uncounted(self, visitor):
        user = make_user()

        answer = visitor.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

        assert answer.status_code == 500
        assert "_auth_user_id" not in visitor.session

    def test_whoever_is_signed_in_goes_on(self, shop, visitor):
        user = make_user()
        visitor.force_login(user)

        assert visitor.get(reverse("billing:overview")).status_code == 200
        assert shop.sell(user=user).status == "paid"
