"""The database is restored from a backup of an hour ago; Stripe has gone on meanwhile."""

import os
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from billing import reconciliation, refunds
from billing.models import Dispute, Purchase, Refund
from billing.reconciliation import Kind
from credits import audit, ledger
from credits.models import Account
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)


class Backup:
    """A copy of the test's database, and the way back to it."""

    def __init__(self):
        self.today = connection.settings_dict["NAME"]
        self.copy = f"backup_{uuid4().hex[:8]}"

    def make(self):
        connection.close()
        # A database is copied only while nobody is in it: threads of a test before this one may be.
        self._maintain(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"  # noqa: S608 - our name
            f" WHERE datname = '{self.today}'"
        )
        self._maintain(f'CREATE DATABASE {self.copy} TEMPLATE "{self.today}"')

    def restore(self):
        """From now on the site is what it was when the backup was made."""
        connection.close()
        connection.settings_dict["NAME"] = self.copy

    def drop(self):
        connection.close()
        connection.settings_dict["NAME"] = self.today
        self._maintain(f"DROP DATABASE IF EXISTS {self.copy} WITH (FORCE)")

    @staticmethod
    def _maintain(statement):
        server = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
        with psycopg.connect(server, autocommit=True) as maintenance:
            maintenance.execute(statement)


@pytest.fixture
def backup():
    backup = Backup()
    yield backup
    backup.drop()


def repair():
    run = reconciliation.Run(since=timezone.now() - timedelta(hours=2))
    return list(reconciliation.reconcile(run, repair=True))


@pytest.fixture(autouse=True)
def no_patience(settings):
    settings.BILLING_RECONCILE_PATIENCE = 0


class TestRestore:
    def test_brings_back_what_was_bought_and_returned_in_the_lost_hour(self, shop, backup):
        plan, alice, bob, staff = shop.plan(), make_user(), make_user(), make_staff()
        before = shop.sell(user=alice, plan=plan)
        backup.make()
        bought = shop.sell(user=bob, plan=plan)
        refunds.request(
            purchase=before, unit_amount=300, reason="", requested_by=staff, nonce=uuid4()
        )
        shop.stripe.dispute(before.payment.stripe_payment_intent_id, 200)
        waiting = shop.open(user=alice, plan=plan)
        shop.deliver()

        backup.restore()
        assert not Purchase.objects.filter(uuid=bought.uuid).exists()
        found = repair()

        assert all(finding.is_repaired for finding in found)
        assert ledger.balance(Account.objects.get(user=bob)) == 100
        assert ledger.balance(Account.objects.get(user=alice)) == 50
        assert Refund.objects.get().unit_amount == 300
        assert Dispute.objects.get().withdrawn == 200
        assert repair() == []

        shop.pay(waiting)
        shop.deliver()
        assert ledger.balance(Account.objects.get(user=alice)) == 150
        assert list(audit.faults()) == []

    def test_gives_nothing_to_whoever_got_the_number_of_a_person_who_was_lost(self, shop, backup):
        plan = shop.plan()
        backup.make()
        lost = make_user()
        session_id = shop.sell(user=lost, plan=plan).stripe_session_id

        backup.restore()
        someone_else = make_user(date_joined=timezone.now() + timedelta(minutes=5))
        assert someone_else.pk == lost.pk
        remaining = [finding for finding in repair() if not finding.is_repaired]

        assert [(finding.kind, finding.id) for finding in remaining] == [
            (Kind.UNKNOWN_OBJECT, session_id)
        ]
        assert "someone else" in remaining[0].reason
        assert not Account.objects.filter(user=User.objects.get(pk=someone_else.pk)).exists()
