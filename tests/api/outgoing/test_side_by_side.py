"""Several at work, and one that is killed: nothing is lost, and an account's order stays."""

import os
import signal
import sys
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.utils import timezone

from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.outgoing import claims, delivering
from tests.api.outgoing.factories import happen, make_endpoint
from tests.credits.factories import make_account
from tests.credits.test_races import together
from tests.processes import PROJECT, running

pytestmark = pytest.mark.django_db(transaction=True)

SENDING = "from api.outgoing import delivering; delivering.send_due()"


def this_database():
    server = urlsplit(os.environ["DATABASE_URL"])
    return server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def sequences(receiver, account):
    return [event["sequence"] for event in receiver.events if event["account"] == account.pk]


class TestSideBySide:
    def test_each_is_delivered_once_and_in_order(self, receiver, other):
        make_endpoint(receiver)
        make_endpoint(other)
        accounts = [make_account() for _ in range(3)]
        for account in accounts:
            happen(account, times=8)

        delivered = together(lambda number: delivering.send_due(), threads=4)

        assert sum(delivered) == 48
        for one in (receiver, other):
            assert set(Counter(got.id for got in one.got).values()) == {1}
            for account in accounts:
                assert sequences(one, account) == sorted(sequences(one, account))
        assert WebhookAttempt.objects.count() == 48

    def test_an_endpoint_is_claimed_by_one(self, receiver):
        make_endpoint(receiver)
        for _ in range(8):
            happen()
        at = timezone.now()

        claimed = together(lambda number: claims.take(at=at), threads=8)

        assert sum(claim is not None for claim in claimed) == 1

    def test_what_happens_meanwhile_is_neither_lost_nor_out_of_order(self, receiver):
        make_endpoint(receiver)
        account = make_account()

        def work(number):
            if number:
                return sum(delivering.send_due() for _ in range(5))
            return len(happen(account, times=10))

        together(work, threads=3)
        delivering.send_due()

        assert len(receiver.got) == 10
        assert sequences(receiver, account) == sorted(sequences(receiver, account))

    def test_no_transaction_is_open_while_a_receiver_is_waited_for(self, receiver):
        make_endpoint(receiver)
        happen()
        seen = []

        def look(handler, got):
            try:
                with connections["default"].cursor() as cursor:
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
                    )
                    seen.append(cursor.fetchone()[0])
            finally:
                connections["default"].close()
            return 200

        receiver.answer = look

        assert delivering.send_due() == 1
        assert seen == [0]


class TestKilled:
    def test_in_the_middle_of_a_request_it_is_sent_again(self, receiver):
        make_endpoint(receiver)
        account = make_account()
        happen(account, times=3)
        receiver.held.clear()
        environment = os.environ | {
            "DATABASE_URL": this_database(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "API_WEBHOOK_PRIVATE_ADDRESSES": "true",
        }
        program = f"import django; django.setup(); {SENDING}"

        with running([sys.executable, "-c", program], cwd=PROJECT, env=environment) as process:
            receiver.wait_for_one()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        receiver.held.set()

        endpoint = WebhookEndpoint.objects.get()
        assert endpoint.claim is not None
        assert delivering.send_due() == 0  # it may still be alive, for all we know
        assert delivering.send_due(at=timezone.now() + claims.LEASE + timedelta(seconds=1)) == 3
        ids = [got.id for got in receiver.got]
        assert ids[0] == ids[1]
        assert sequences(receiver, account) == sorted(sequences(receiver, account))
        assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"delivered"}
