"""One test per named rule, attacked from inside a trigger, as only the tables' owner can."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from credits import holds, ledger
from credits.models import Account, CreditTransaction, Entry, Hold, HoldEntry, Lot
from tests.credits.back_door import open_back_door, write
from tests.credits.factories import make_account, make_hold, make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db

HOT = [Account, Lot, CreditTransaction, Entry, Hold, HoldEntry]


@pytest.fixture
def account():
    """An account with a lot of 100, of which 10 are spent, and one of 50; three holds."""
    account = make_account()
    make_lot(account=account, credits=3, source="first")
    make_lot(account=account, credits=100, source="a")
    make_lot(account=account, credits=50, source="b")
    holds.capture(hold=make_hold(account=account, credits=5, key="both"), credits=4)
    make_spend(account=account, credits=10, key="one")
    make_spend(account=account, credits=1, key="two")
    make_hold(account=account, credits=5, key="open")
    holds.capture(hold=make_hold(account=account, credits=5, key="used"), credits=2)
    open_back_door()
    return account


def refuses(rule, rows, **values):
    """Change one row, and see that the database refuses it by the rule's own name."""
    [row] = rows
    columns = ", ".join(f"{column} = %s" for column in values)
    table = row._meta.db_table  # noqa: SLF001
    with pytest.raises(IntegrityError, match=rule) as refused, transaction.atomic():
        write(f"UPDATE {table} SET {columns} WHERE id = %s", [*values.values(), row.pk])  # noqa: S608
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == rule


def refuses_copy(rule, row, **values):
    """Insert a row that is another one but for some columns."""
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]  # noqa: SLF001
    values = {column: getattr(row, column) for column in columns} | values
    places = ", ".join(["%s"] * len(columns))
    table = row._meta.db_table  # noqa: SLF001
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        write(sql, [*values.values()])


class TestLot:
    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ({"source": "b"}, "lot_source_once"),
            ({"spent": -1}, "lot_parts_not_negative"),
            ({"held": -1}, "lot_parts_not_negative"),
            ({"expired": -1}, "lot_parts_not_negative"),
            ({"adjusted_off": -1}, "lot_parts_not_negative"),
            ({"clawed_back": -1, "clawback_target": -1}, "lot_parts_not_negative"),
            ({"spent": 101}, "lot_remaining_within_granted"),
            ({"clawed_back": 1}, "lot_clawed_back_within_target"),
            ({"clawed_back": 9, "clawback_target": 101}, "lot_clawback_target_within_granted"),
            ({"clawback_target": 1}, "lot_owes_nothing_while_open"),
            ({"pending": -1}, "lot_parts_not_negative"),
            ({"pending": 5}, "lot_pending_is_all_of_it"),
        ],
    )
    def test_holds_its_rules(self, account, values, rule):
        refuses(rule, Lot.objects.filter(source="a"), **values)

    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ((-1, None, None), "lot_priority_within_bounds"),
            ((101, None, None), "lot_priority_within_bounds"),
            ((50, "2030-01-01", "2030-01-01"), "lot_starts_before_it_expires"),
        ],
    )
    def test_is_opened_by_its_rules(self, values, rule):
        with (
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match=rule),
            transaction.atomic(),
        ):
            cursor.execute(
                """INSERT INTO credits_grant_v1 (account_id, kind, lot_kind, credits, source,
                       description, metadata, actor, at, priority, starts_at, expires_at)
                   VALUES (%s, 'GRANT', 'PROMOTION', 1, 'x', '', '{}', '', now(), %s, %s, %s)""",
                [make_account().pk, *values],
            )

    def test_kind_is_known(self):
        with pytest.raises(ValueError, match="GIFT"):
            make_lot(kind="GIFT")
        with (
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match="lot_kind_known"),
            transaction.atomic(),
        ):
            cursor.execute(
                """INSERT INTO credits_grant_v1 (account_id, kind, lot_kind, credits, source,
                       description, metadata, actor, at)
                   VALUES (%s, 'GRANT', 'GIFT', 1, 'x', '', '{}', '', now())""",
                [make_account().pk],
            )


class TestAccount:
    @pytest.mark.parametrize("number", ["balance", "held", "last_seq"])
    def test_numbers_not_negative(self, account, number):
        refuses(
            "account_numbers_not_negative", Account.objects.filter(pk=account.pk), **{number: -1}
        )

    def test_user_has_one(self):
        user = make_user()
        Account.objects.create(user=user)

        with pytest.raises(IntegrityError, match="user_id"), transaction.atomic():
            Account.objects.create(user=user)


class TestTransaction:
    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ({"seq": 1}, "transaction_seq_once"),
            ({"key": "two"}, "transaction_key_once"),
            ({"balance_after": -1}, "transaction_balance_after_not_negative"),
            ({"amount": 10}, "transaction_sign_follows_kind"),
            ({"amount": 0}, "transaction_sign_follows_kind"),
            ({"kind": "GRANT"}, "transaction_sign_follows_kind"),
            ({"kind": "GIFT"}, "transaction_sign_follows_kind"),
            ({"kind": "ADJUSTMENT", "amount": 0}, "transaction_sign_follows_kind"),
        ],
    )
    def test_holds_its_rules(self, account, values, rule):
        refuses(rule, CreditTransaction.objects.filter(account=account, key="one"), **values)


class TestEntry:
    def test_amount_not_zero(self, account):
        entries = Entry.objects.filter(transaction__key="both", lot__source="a")
        refuses("entry_amount_not_zero", entries, amount=0)

    def test_lot_once_per_transaction(self, account):
        entry = Entry.objects.get(transaction__key="both", lot__source="a")

        refuses_copy("entry_lot_once_per_transaction", entry)


class TestHold:
    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ({"key": "used"}, "hold_key_once"),
            ({"credits": 0}, "hold_credits_positive"),
            ({"captured": 6, "status": "CAPTURED"}, "hold_captured_within_credits"),
            ({"captured": 1}, "hold_captured_follows_status"),
            ({"status": "CAPTURED", "closed_at": timezone.now()}, "hold_captured_follows_status"),
            ({"captured": -1}, "hold_captured_within_credits"),
            ({"status": "RELEASED"}, "hold_closed_at_follows_status"),
            ({"closed_at": timezone.now()}, "hold_closed_at_follows_status"),
        ],
    )
    def test_holds_its_rules(self, account, values, rule):
        refuses(rule, Hold.objects.filter(key="open"), **values)

    def test_status_known(self, account):
        with (
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match="hold_status_known"),
            transaction.atomic(),
        ):
            cursor.execute(
                """INSERT INTO credits_close_hold_v1 (account_id, hold_id, status, captured,
                       description, metadata, actor, at)
                   SELECT account_id, id, 'GONE', 0, '', '{}', '', now()
                   FROM credits_hold WHERE key = 'open'"""
            )

    def test_is_closed_through_its_own_account(self, account):
        hold = Hold.objects.get(key="open")

        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO credits_close_hold_v1 (account_id, hold_id, status, captured,
                       description, metadata, actor, at)
                   VALUES (%s, %s, 'RELEASED', 0, '', '{}', '', now()) RETURNING closed""",
                [make_account().pk, hold.pk],
            )
            assert cursor.fetchone() == (False,)

    def test_captures_are_positive(self, account):
        entries = HoldEntry.objects.filter(lot__source="a")
        refuses("hold_entry_captured_positive", entries, captured=0)

    def test_captures_a_lot_once(self, account):
        entry = HoldEntry.objects.get(lot__source="a")

        refuses_copy("hold_entry_lot_once_per_hold", entry)


class TestNotices:
    def test_are_given_once(self):
        lot = make_lot(expires_at=timezone.now() + timedelta(days=1))
        lot.expiry_notices.create(days=1, created_at=timezone.now())

        with pytest.raises(IntegrityError, match="expiry_notice_once"), transaction.atomic():
            lot.expiry_notices.create(days=1, created_at=timezone.now())

    def test_of_a_low_balance_are_given_once(self):
        notices = make_account().low_balance_notices
        notices.create(seq=1, created_at=timezone.now())

        with pytest.raises(IntegrityError, match="low_balance_notice_once"), transaction.atomic():
            notices.create(seq=1, created_at=timezone.now())


class TestForms:
    """PostgreSQL reads the texts of these again for each statement: a third of a spend, once."""

    @pytest.mark.parametrize("model", HOT)
    @pytest.mark.parametrize(
        "question",
        [
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''",
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgqual IS NOT NULL",
        ],
        ids=["CHECK", "generated column", "WHEN"],
    )
    def test_no_rule_has_the_dear_form(self, model, question):
        with connection.cursor() as cursor:
            cursor.execute(question, [model._meta.db_table])  # noqa: SLF001
            assert cursor.fetchall() == []


def test_a_balance_never_outgrows_what_a_number_holds():
    account = make_account()

    with pytest.raises(ledger.InvalidOperation):
        make_lot(account=account, credits=2**53)
