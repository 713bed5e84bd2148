"""One test per named constraint, with the guards switched off as only the tables' owner can."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from credits import holds, ledger
from credits.models import Account, CreditTransaction, Entry, Hold, HoldEntry, Lot
from tests.credits.factories import make_account, make_hold, make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db

TABLES = ["account", "lot", "credittransaction", "entry", "hold", "holdentry"]


@pytest.fixture
def account():
    """An account with a lot of 100, of which 10 are spent, and one of 50; two holds."""
    account = make_account()
    make_lot(account=account, credits=100, source="a")
    make_lot(account=account, credits=50, source="b")
    make_spend(account=account, credits=10, key="one")
    make_spend(account=account, credits=1, key="two")
    make_hold(account=account, credits=5, key="open")
    holds.capture(hold=make_hold(account=account, credits=5, key="used"), credits=2)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE credits_{table} DISABLE TRIGGER USER")
    return account


def refuses(rule, rows, **values):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        assert rows.update(**values) == 1


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
        ],
    )
    def test_holds_its_rules(self, account, values, rule):
        refuses(rule, Lot.objects.filter(source="a"), **values)

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
        refuses("entry_amount_not_zero", Entry.objects.filter(transaction__key="one"), amount=0)

    def test_lot_once_per_transaction(self, account):
        [entry] = Entry.objects.filter(transaction__key="one")
        entry.pk = None

        with pytest.raises(IntegrityError, match="entry_lot_once"), transaction.atomic():
            entry.save()


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
        refuses("hold_entry_captured_positive", HoldEntry.objects.all(), captured=0)

    def test_captures_a_lot_once(self, account):
        entry = HoldEntry.objects.get()
        entry.pk = None

        with pytest.raises(IntegrityError, match="hold_entry_lot_once"), transaction.atomic():
            entry.save()


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


def test_a_balance_never_outgrows_what_a_number_holds():
    account = make_account()

    with pytest.raises(ledger.InvalidOperation):
        make_lot(account=account, credits=2**53)
