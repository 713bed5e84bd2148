"""The statements of the doors on their way to PostgreSQL: `credits.statements`."""

import threading

import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from credits import ledger
from credits.models import CreditTransaction, Lot
from credits.statements import (
    Statement,
    boolean,
    instant,
    integer,
    json,
    string,
    to_boolean,
    to_integer,
)
from tests.credits.factories import make_account, make_lot, make_spend

ECHO = Statement(
    "SELECT %s::bigint, %s::text, %s::boolean, %s::timestamptz, %s::jsonb::text",
    takes=(integer, string, boolean, instant, json),
    returns=(to_integer, bytes.decode, to_boolean, bytes.decode, bytes.decode),
)
PID = Statement("SELECT pg_backend_pid()", takes=(), returns=(to_integer,))


@pytest.fixture(params=[True, False], ids=["prepared", "through Django's cursor"])
def prepared(request, settings):
    settings.CREDITS_PREPARED_STATEMENTS = request.param
    return request.param


@pytest.mark.django_db
@pytest.mark.usefixtures("prepared")
class TestValues:
    def test_come_back_as_they_went(self):
        account = make_account(credits=2**53 - 1)
        metadata = {"quote": 'it\'s "50%" \\ of 学分', "deep": {"list": [1, None, True]}}

        spent = make_spend(account=account, credits=2**52, description="%s $1", metadata=metadata)

        stored = CreditTransaction.objects.get(pk=spent.pk)
        assert (stored.amount, stored.description) == (-(2**52), "%s $1")
        assert stored.metadata == metadata

    def test_may_be_missing(self):
        assert ECHO.rows(None, None, None, None, None) == [(None, None, None, None, None)]

    def test_keep_empty_text_apart_from_none(self):
        assert ECHO.rows(0, "", False, None, {}) == [(0, "", False, None, "{}")]

    def test_lose_nothing_after_a_nul(self):
        account = make_account(credits=10)

        with pytest.raises((DataError, ValueError), match="NUL"), transaction.atomic():
            make_spend(account=account, description="before\0after")

        assert ledger.balance(account) == 10


@pytest.mark.django_db(transaction=True)
class TestConnection:
    def test_prepares_once(self):
        account = make_account(credits=10)
        for _ in range(3):
            make_spend(account=account)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements"
                " WHERE statement LIKE '%INSERT INTO credits_draw%'"
            )
            found = cursor.fetchall()
        assert len(found) == 1
        assert found[0][1] >= 3

    def test_prepares_again_for_a_new_connection(self):
        account = make_account(credits=10)
        make_spend(account=account)

        connection.close()

        assert make_spend(account=account).balance_after == 8

    def test_looks_at_its_health_first_as_djangos_cursor_does(self):
        account = make_account(credits=10)
        _end_backend()
        connection.health_check_done = False  # type: ignore[attr-defined]

        assert make_spend(account=account).balance_after == 9

    def test_says_that_the_server_went_away_and_recovers(self):
        account = make_account(credits=10)
        _end_backend()

        with pytest.raises(OperationalError):
            make_spend(account=account)
        connection.close_if_unusable_or_obsolete()

        assert make_spend(account=account).balance_after == 9

    def test_opens_the_transaction_that_is_due(self):
        account = make_account(credits=10)

        with transaction.atomic():
            make_spend(account=account)
            transaction.set_rollback(True)

        assert ledger.balance(account) == 10

    def test_refuses_a_transaction_that_is_broken(self):
        account = make_account(credits=10)

        with transaction.atomic():
            transaction.set_rollback(True)
            with pytest.raises(TransactionManagementError):
                make_spend(account=account)

    def test_shows_itself_to_who_watches(self):
        account = make_account(credits=10)
        seen = []

        def watch(execute, sql, params, many, context):
            seen.append(sql)
            return execute(sql, params, many, context)

        with CaptureQueriesContext(connection) as queries:
            make_spend(account=account)
        with connection.execute_wrapper(watch):
            make_spend(account=account)

        assert len(queries) == len(seen) == 1

    def test_lets_other_threads_work_while_it_waits(self):
        waiting = Statement("SELECT 1 FROM pg_sleep(0.5)", takes=(), returns=(to_integer,))
        turns = 0

        def wait():
            waiting.rows()
            connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        while thread.is_alive():
            turns += 1

        assert turns > 1_000


@pytest.mark.django_db
class TestWritten:
    def test_transaction_is_what_is_stored(self):
        made = make_spend(account=make_account(credits=10), metadata={"a": 1}, actor="staff:1")

        assert _columns(made) == _columns(CreditTransaction.objects.get(pk=made.pk))
        assert not made.get_deferred_fields()

    def test_lot_is_what_is_stored(self):
        made = make_lot(credits=10)

        assert _columns(made) == _columns(Lot.objects.get(pk=made.pk))
        assert not made.get_deferred_fields()


def _columns(row):
    names = [field.attname for field in type(row)._meta.concrete_fields]  # noqa: SLF001
    return {name: getattr(row, name) for name in names}


def _end_backend():
    """End this connection's server process, from another connection."""
    ((pid,),) = PID.rows()

    def end():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
