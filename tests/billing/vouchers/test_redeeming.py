from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing import vouchers
from billing.models import Voucher, VoucherBatch, VoucherRedemption
from billing.privacy import erasure
from billing.users import EmailNotVerified
from credits import ledger
from credits.models import Account, Lot
from tests.billing.vouchers.factories import make_batch, make_code, make_codes
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


def redeem(code, *, user=None, **fields):
    return vouchers.redeem(user=user or make_user(), code=code, **fields)


class TestRedeem:
    def test_grants_a_promotion_with_the_voucher_as_source(self):
        user, code = make_user(), make_code(credits=50)

        redemption = redeem(code, user=user)

        account = Account.objects.get(user=user)
        lot = Lot.objects.get()
        assert (lot.account, lot.kind, lot.granted) == (account, "PROMOTION", 50)
        assert lot.source == f"voucher:{redemption.voucher_id}:{account.pk}"
        assert lot.expires_at is None
        assert redemption.lot == lot
        assert Voucher.objects.get().redeemed == 1
        assert ledger.balance(account) == 50

    def test_says_in_the_history_what_for(self):
        redemption = redeem(make_code(name="Spring fair"))

        granted = redemption.account.transactions.get()
        assert granted.description == "Spring fair"
        assert granted.metadata == {"voucher": redemption.voucher_id}

    def test_counts_the_validity_from_redeeming(self):
        code = make_code(valid_for_days=30)

        lot = redeem(code).lot

        assert lot.expires_at == lot.created_at + timedelta(days=30)

    def test_takes_a_code_as_people_type_it(self):
        code = make_code()

        assert redeem(f" {code.lower().replace('-', ' ')} ")

    def test_before_the_codes_were_exported_knows_them_too(self):
        batch = make_batch()
        exported = dict(vouchers.export(batch, by=make_staff()))

        assert redeem(exported[1]).batch == batch

    def test_gives_each_code_as_often_as_it_has_uses(self):
        code = make_code(uses=2)
        redeem(code)
        redeem(code)

        with pytest.raises(vouchers.CannotRedeem):
            redeem(code)

        assert Voucher.objects.get().redeemed == 2
        assert VoucherRedemption.objects.count() == 2

    def test_gives_one_code_to_a_person_once_and_says_so(self):
        user, code = make_user(), make_code(uses=5)
        first = redeem(code, user=user)

        with pytest.raises(vouchers.AlreadyRedeemed) as refused:
            redeem(code, user=user)

        assert refused.value.redemption == first
        assert ledger.balance(first.account) == 50
        assert Voucher.objects.get().redeemed == 1

    def test_says_so_even_when_the_code_has_ended(self):
        user, code = make_user(), make_code()
        redeem(code, user=user)
        VoucherBatch.objects.update(is_active=False)

        with pytest.raises(vouchers.AlreadyRedeemed):
            redeem(code, user=user)

    def test_gives_one_code_of_a_batch_to_a_person(self):
        user, codes = make_user(), make_codes(size=2)
        redeem(codes[0], user=user)

        with pytest.raises(vouchers.CannotRedeem):
            redeem(codes[1], user=user)

        assert ledger.balance(Account.objects.get(user=user)) == 50
        assert [one.redeemed for one in Voucher.objects.order_by("number")] == [1, 0]

    def test_gives_several_where_the_batch_allows_it(self):
        user = make_user()

        for code in make_codes(size=2, once_a_person=False):
            redeem(code, user=user)

        assert ledger.balance(Account.objects.get(user=user)) == 100

    def test_is_for_verified_addresses(self):
        user, code = make_user(verified=False), make_code()

        with pytest.raises(EmailNotVerified):
            redeem(code, user=user)

        assert not Lot.objects.exists()


def unknown():
    return "7K3M-9QXD-0VTB-2HNC"


def used_up():
    code = make_code()
    redeem(code)
    return code


def not_yet():
    return make_code(starts_at=timezone.now() + timedelta(minutes=1))


def over():
    return make_code(ends_at=timezone.now() - timedelta(minutes=1))


def switched_off():
    code = make_code()
    vouchers.switch(Voucher.objects.latest("pk"), is_active=False, by=make_staff())
    return code


def batch_switched_off():
    code = make_code()
    latest = VoucherBatch.objects.latest("pk")
    VoucherBatch.objects.filter(pk=latest.pk).update(is_active=False)
    return code


def one_too_many(user):
    first, second = make_codes(size=2)
    redeem(first, user=user)
    return second


REFUSED = [unknown, used_up, not_yet, over, switched_off, batch_switched_off]


class TestARefusal:
    @pytest.mark.parametrize("make", REFUSED)
    def test_gives_nothing(self, make):
        code, user = make(), make_user()

        with pytest.raises(vouchers.CannotRedeem):
            redeem(code, user=user)

        assert not Lot.objects.filter(account__user=user).exists()

    def test_is_the_same_error_and_the_same_statements_for_every_reason(self):
        found = set()
        for make in [*REFUSED, None]:
            user = make_user()
            code = make() if make else one_too_many(user)
            Account.objects.for_user(user)
            with (
                CaptureQueriesContext(connection) as queries,
                pytest.raises(vouchers.CannotRedeem) as refused,
            ):
                redeem(code, user=user, address="192.0.2.1")
            shapes = tuple(query["sql"].split(" WHERE ")[0][:60] for query in queries)
            found.add((str(refused.value), shapes))

        assert len(found) == 1

    def test_leaves_no_trace_of_the_code(self, caplog):
        user, code = make_user(), unknown()

        with pytest.raises(vouchers.CannotRedeem):
            redeem(code, user=user, address="192.0.2.1")

        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM billing_attemptcount t")
            rows = str(cursor.fetchall())
        for trace in (rows, caplog.text, str([vars(record) for record in caplog.records])):
            assert "7K3M" not in trace
            assert "192.0.2.1" not in trace


class TestGuessing:
    def test_ends_for_a_person_after_so_many_attempts_an_hour(self, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 2
        user, code = make_user(), make_code()

        with time_machine.travel(datetime(2026, 5, 1, 12, 30, tzinfo=UTC), tick=False):
            for _ in range(2):
                with pytest.raises(vouchers.CannotRedeem):
                    redeem(unknown(), user=user)
            with pytest.raises(vouchers.TooManyAttempts) as refused:
                redeem(code, user=user)

        assert refused.value.retry_at == datetime(2026, 5, 1, 13, tzinfo=UTC)
        with time_machine.travel(datetime(2026, 5, 1, 13, tzinfo=UTC), tick=False):
            assert redeem(code, user=user)

    def test_ends_for_an_address_whoever_asks_from_it(self, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 1

        with time_machine.travel(datetime(2026, 5, 1, 12, 30, tzinfo=UTC), tick=False):
            for _ in range(10):
                with pytest.raises(vouchers.CannotRedeem):
                    redeem(unknown(), address="192.0.2.1")
            with pytest.raises(vouchers.TooManyAttempts):
                redeem(unknown(), address="192.0.2.1")
            with pytest.raises(vouchers.CannotRedeem):
                redeem(unknown(), address="192.0.2.2")


class TestAnErasedPerson:
    def test_stays_counted(self):
        user, code = make_user(), make_code(uses=1)
        redemption = redeem(code, user=user)

        erasure.erase(user=user)

        redemption.refresh_from_db()
        assert redemption.account.user is None
        assert redemption.voucher.redeemed == 1
        with pytest.raises(vouchers.CannotRedeem):
            redeem(code)
