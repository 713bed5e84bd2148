"""The ledger's statements on their way to PostgreSQL: `credits.prepared`."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, DataError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import gettext_lazy
from psycopg import IsolationLevel

from credits import holds, ledger
from credits.models import CreditTransaction, Lot
from credits.prepared import (
    Statement,
    boolean,
    instant,
    integer,
    json,
    string,
    to_boolean,
    to_integer,
)
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)

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
        with pytest.raises(DataError, match="NUL"):
            ECHO.rows(1, "before\0after", True, None, {})

    def test_serve_every_verb(self):
        account = make_account(credits=100)
        lot = make_lot(account=account, credits=100)
        two = [
            ledger.Spend(account=account, credits=10, key=key, metadata={"n": 1})
            for key in ("one", "other")
        ]

        [spent, _other] = ledger.spend_many(two)
        give_back(spent, 5)
        holds.capture(hold=make_hold(account=account, credits=20), credits=15)
        holds.release(hold=make_hold(account=account, credits=20))
        set_target(lot, 30)
        ledger.adjust(account=account, credits=7, reason="r", actor="a", key="up")
        later = timezone.now() + timedelta(days=1)
        make_lot(account=account, credits=9, expires_at=later)
        make_hold(account=account, credits=3)
        holds.expire_holds(at=later)
        ledger.expire(at=later)

        assert ledger.balance(account) == 200 - 20 + 5 - 15 - 30 + 7


@pytest.mark.django_db
class TestText:
    @pytest.mark.parametrize("text", ["before\0after", None, gettext_lazy("Later")])
    def test_that_cannot_be_kept_is_refused_before_the_database(self, text):
        account = make_account(credits=10)
        one = ledger.Spend(account=account, credits=1, key="one", description=text)

        with transaction.atomic():
            with pytest.raises(ledger.InvalidOperation):
                make_spend(account=account, description=text)
            with pytest.raises(ledger.InvalidOperation):
                ledger.spend_many([one])
            with pytest.raises(ledger.InvalidOperation):
                make_lot(account=account, description=text)

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
                " WHERE statement LIKE '%INSERT INTO credits_draw_v1%'"
            )
            found = cursor.fetchall()
        assert len(found) == 1
        assert found[0][1] >= 3

    def test_prepares_again_for_a_new_connection(self):
        account = make_account(credits=10)
        make_spend(account=account)

        connection.close()

        assert make_spend(account=account).balance_after == 8

    def test_prepares_again_after_discard_all(self):
        account = make_account(credits=10)
        make_spend(account=account)

        with connection.cursor() as cursor:
            cursor.execute("DISCARD ALL")

        assert make_spend(account=account).balance_after == 8

    def test_recovers_from_a_discard_that_it_noticed_inside_a_transaction(self):
        account = make_account(credits=10)
        make_spend(account=account)
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")

        with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
            make_spend(account=account)

        assert make_spend(account=account).balance_after == 8

    def test_keeps_the_hosts_isolation_level(self):
        level = Statement(
            "SELECT current_setting('transaction_isolation')", takes=(), returns=(bytes.decode,)
        )
        connection.ensure_connection()
        connection.connection.isolation_level = IsolationLevel.SERIALIZABLE
        try:
            with transaction.atomic():
                ((found,),) = level.rows()
        finally:
            connection.close()

        assert found == "serializable"

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


@pytest.mark.django_db(transaction=True)
class TestLine:
    """Spends of one account that are transactions by themselves wait in a line of their own."""

    @pytest.fixture
    def account(self):
        return make_account(credits=10)

    @pytest.fixture(autouse=True)
    def somebody_in_line(self, account):
        """Another connection stands first in the account's line, for as long as the test runs."""
        arrived, leave = threading.Event(), threading.Event()

        def stand():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(%s # x'6372656469740000'::bigint)", [account.pk]
                )
                arrived.set()
                leave.wait(30)
            connection.close()

        thread = threading.Thread(target=stand)
        thread.start()
        arrived.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        yield
        leave.set()
        thread.join()
        connection.close()

    def test_waits_and_not_for_ever(self, account):
        with pytest.raises(OperationalError, match="lock timeout"):
            make_spend(account=account)

        assert ledger.balance(account) == 10

    def test_is_not_for_a_statement_of_the_hosts_transaction(self, account):
        with transaction.atomic():
            make_spend(account=account)

        assert ledger.balance(account) == 9

    def test_is_not_for_a_host_without_autocommit(self, account):
        transaction.set_autocommit(False)
        try:
            make_spend(account=account)
            transaction.commit()
        finally:
            transaction.set_autocommit(True)

        assert ledger.balance(account) == 9

    def test_is_each_accounts_own(self):
        make_spend(account=make_account(credits=1))


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
