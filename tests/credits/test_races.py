"""Threads that want the same thing at the same instant."""

from datetime import timedelta
from threading import Barrier, Event, Thread
from time import sleep

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from credits import allowances, audit, holds, ledger, operations
from credits.models import (
    Account,
    CreditTransaction,
    Hold,
    Lot,
    Operation,
    SignupFingerprint,
    SignupRefusal,
)
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_operation,
    make_spend,
    movements,
    parts,
    unique,
)
from tests.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 16


def together(work, threads=THREADS):
    """Run `work(number)` in threads that start at once; return what each gave, or its error."""
    barrier = Barrier(threads)
    results: list = [None] * threads

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait()
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error
        finally:
            connection.close()

    workers = [Thread(target=run, args=[number]) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


class TestTogether:
    def test_one_key_charges_once_while_the_price_changes(self):
        account = make_account(credits=100)
        make_operation(slug="image", base=3)

        def charge(number):
            Operation.objects.filter(slug="image").update(base=3 + number)
            return operations.charge(account=account, operation="image", key="image:1")

        charges = together(charge)

        assert len({charge.pk for charge in charges}) == 1
        assert movements(account) == [100, charges[0].amount]

    def test_one_source_grants_once(self):
        account = make_account()

        lots = together(lambda _n: make_lot(account=account, credits=10, source="purchase:1"))

        assert {lot.pk for lot in lots} == {Lot.objects.get().pk}
        assert movements(account) == [10]

    def test_one_source_grants_one_of_many_accounts(self):
        accounts = [make_account() for _ in range(THREADS)]

        results = together(lambda n: make_lot(account=accounts[n], credits=10, source="x"))

        assert sum(isinstance(result, Lot) for result in results) == 1
        assert sum(isinstance(result, ledger.SourceConflict) for result in results) == THREADS - 1
        assert list(audit.faults()) == []

    def test_one_key_spends_once(self):
        account = make_account(credits=100)

        spent = together(lambda _n: make_spend(account=account, credits=7, key="job"))

        assert {one.pk for one in spent} == {CreditTransaction.objects.get(kind="SPEND").pk}
        assert movements(account) == [100, -7]

    def test_a_balance_is_spent_once(self):
        account = make_account(credits=50)

        results = together(lambda n: make_spend(account=account, credits=7, key=f"job-{n}"))

        assert sum(isinstance(result, CreditTransaction) for result in results) == 7
        assert sum(isinstance(result, ledger.InsufficientCredits) for result in results) == 9
        assert ledger.balance(account) == 1

    def test_a_spend_is_given_back_once(self):
        spent = make_spend(account=make_account(credits=10), credits=10)

        results = together(lambda n: give_back(spent, 3, key=f"back-{n}"))

        assert sum(isinstance(result, CreditTransaction) for result in results) == 3
        assert sum(isinstance(result, ledger.NothingToGiveBack) for result in results) == 13
        assert movements(spent.account) == [10, -10, 3, 3, 3]

    def test_a_hold_is_closed_once(self):
        held = make_hold(account=make_account(credits=10), credits=10)

        results = together(lambda n: holds.capture(hold=held, credits=1 + n % 8))

        captured = {result.captured for result in results if isinstance(result, Hold)}
        assert len(captured) == 1
        assert sum(isinstance(result, ledger.HoldClosed) for result in results) == 14
        assert list(audit.faults()) == []

    def test_one_key_spends_once_alone_and_among_many(self):
        accounts = [make_account(credits=100) for _ in range(4)]
        spends = [
            ledger.Spend(account=account, credits=3, key=f"job-{n}")
            for n in range(3)
            for account in accounts
        ]

        def work(n):
            said = spends if n % 2 else spends[::-1]
            if n % 4 < 2:
                answers: list = ledger.spend_many(said)
            else:
                answers = [ledger.spend(**vars(one)) for one in said]
            return sorted(answer.pk for answer in answers)

        results = together(work)

        assert all(result == results[0] for result in results)
        assert [ledger.balance(account) for account in accounts] == [91] * 4
        assert list(audit.faults()) == []

    def test_a_hold_that_let_go_is_paid_for_once(self):
        account = make_account(credits=10)
        held = make_hold(account=account, credits=6, lasts=timedelta(microseconds=1))
        holds.expire_holds()
        make_spend(account=account, credits=7)

        answers = together(lambda number: holds.capture(hold=held, credits=5 + number % 2))

        paid = [answer for answer in answers if isinstance(answer, Hold)]
        refused = [answer for answer in answers if isinstance(answer, ledger.HoldClosed)]
        assert len(paid) == len(refused) == THREADS / 2
        assert len({hold.late for hold in paid}) == 1
        assert movements(account) == [10, -6, 6, -7, -3]

    def test_a_hold_that_is_extended_while_it_would_let_go_stays(self):
        """The sweep has found it due, and waits for its account."""
        held = make_hold(
            account=make_account(credits=10), credits=5, lasts=timedelta(microseconds=1)
        )
        closed = []

        def sweep():
            closed.append(holds.expire_holds())
            connection.close()

        with transaction.atomic():
            Account.objects.select_for_update().get(pk=held.account_id)
            sweeper = Thread(target=sweep)
            sweeper.start()
            while not somebody_waits():
                sleep(0.01)
            holds.extend(hold=held, lasts=timedelta(hours=1))
        sweeper.join()

        held.refresh_from_db()
        assert (closed, held.status) == ([0], "HELD")

    def test_spends_race_a_clawback(self):
        lot = make_lot(credits=100)

        def work(n):
            if n == 0:
                return ledger.set_clawback_target(lot=lot, target=60, key="refund")
            return make_spend(account=lot.account, credits=7, key=f"job-{n}")

        together(work)

        found = parts(lot)
        assert found["C"] + found["R"] + found["S"] == 100
        assert found["R"] == 0 or found["C"] == 60
        assert list(audit.faults()) == []

    def test_a_user_has_one_account(self):
        user = make_user()

        accounts = together(lambda _n: Account.objects.for_user(user))

        assert len({account.pk for account in accounts}) == Account.objects.count() == 1


class TestFreeCredits:
    """With `CREDITS_SIGNUP_FINGERPRINT_KEYS` the sign-up credits of a mailbox are given once."""

    @pytest.fixture(autouse=True)
    def free_credits(self, settings):
        settings.CREDITS_SIGNUP_GRANT = 20
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = ["k" * 32]

    def test_go_to_one_of_many_aliases(self):
        aliases = [make_user(email=f"ada+{n}@example.com") for n in range(8)]

        results = together(lambda n: Client().force_login(aliases[n]), threads=8)

        assert results == [None] * 8
        assert [lot.granted for lot in Lot.objects.all()] == [20]
        assert SignupFingerprint.objects.count() == 1
        assert SignupRefusal.objects.count() == 7

    def test_are_not_refused_to_one_account_that_asks_for_them_twice(self):
        account = Account.objects.for_user(make_user())

        results = together(lambda _n: allowances.give(account=account), threads=8)

        assert sorted(map(len, results)) == [0] * 7 + [1]
        assert SignupRefusal.objects.count() == 0


class TestDeadlocks:
    def test_do_not_happen_to_spend_many(self):
        """Each says its spends in another order; the statement sorts them by account."""
        accounts = [make_account(credits=1000) for _ in range(4)]

        def work(n):
            order = accounts if n % 2 else accounts[::-1]
            return ledger.spend_many(
                [ledger.Spend(account=one, credits=1, key=unique("job")) for one in order * 5]
            )

        results = together(work, threads=8)

        assert all(isinstance(result, list) for result in results)
        assert [ledger.balance(account) for account in accounts] == [960] * 4
        assert list(audit.faults()) == []

    def test_do_not_happen_beside_rows_that_refer_to_an_account(self):
        """A host's open transaction keeps the account from being deleted, and from nothing else."""
        account = make_account(credits=10)
        referring, done = Event(), Event()

        def work(n):
            if n == 0:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT FROM credits_account WHERE id = %s FOR KEY SHARE", [account.pk]
                    )
                    referring.set()
                    return done.wait(timeout=20)
            try:
                assert referring.wait(timeout=20)
                ledger.spend_many([ledger.Spend(account=account, credits=1, key="one")])
                return holds.release(hold=make_hold(account=account, credits=1))
            finally:
                done.set()

        _host, released = together(work, threads=2)

        assert isinstance(released, Hold)
        assert ledger.balance(account) == 9

    def test_are_tried_again(self):
        """A statement that PostgreSQL undid is said again, here with a deadlock made by hand."""
        account = make_account(credits=10)
        with connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE attempts")
            cursor.execute(
                """CREATE FUNCTION deadlock_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   IF nextval('attempts') < 3 THEN
                       RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01';
                   END IF;
                   RETURN NEW; END $$"""
            )
            cursor.execute(
                """CREATE TRIGGER deadlock_twice BEFORE INSERT ON credits_credittransaction
                   FOR EACH ROW EXECUTE FUNCTION deadlock_twice()"""
            )
        try:
            make_spend(account=account, credits=3)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP FUNCTION deadlock_twice() CASCADE")
                cursor.execute("DROP SEQUENCE attempts")

        assert movements(account) == [10, -3]

    def test_inside_the_hosts_transaction_are_the_hosts_to_try_again(self):
        one, other = make_account(credits=10), make_account(credits=10)
        barrier = Barrier(2)

        def work(n):
            first, second = (one, other) if n else (other, one)
            with transaction.atomic():
                make_spend(account=first)
                barrier.wait()
                make_spend(account=second)

        results = together(work, threads=2)

        assert sorted(map(str, map(type, results))) == sorted(
            map(str, [type(None), OperationalError])
        )
        assert ledger.balance(one) == ledger.balance(other) == 9


class TestTimeouts:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("lock_timeout", "10s"),
            ("statement_timeout", "1min"),
            ("idle_in_transaction_session_timeout", "1min"),
        ],
    )
    def test_are_set_for_every_session(self, name, value):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            assert cursor.fetchone() == (value,)

    def test_end_a_wait_for_a_lock(self):
        account = make_account(credits=10)

        def work(n):
            if n == 0:
                with transaction.atomic():
                    Account.objects.select_for_update().get(pk=account.pk)
                    sleep(1.0)
                return None
            sleep(0.3)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            return make_spend(account=account, key="job")

        _held, waited = together(work, threads=2)

        assert isinstance(waited, OperationalError)
        make_spend(account=account, key="job")
        assert movements(account) == [10, -1]
