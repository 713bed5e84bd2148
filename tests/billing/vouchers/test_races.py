"""Many at once: the last use goes to one, whoever they are."""

import pytest

from billing import vouchers
from billing.models import Voucher, VoucherRedemption
from credits import ledger
from credits.models import Account, Lot
from tests.billing.test_races import at_once
from tests.billing.vouchers.factories import make_batch, make_code, make_codes
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def redeeming(code, user):
    return lambda: vouchers.redeem(user=user, code=code, address="192.0.2.1")


def kinds(results):
    return sorted(type(result).__name__ for result in results)


class TestRedeem:
    def test_16_people_at_the_last_use_redeem_it_once(self):
        code = make_code(uses=1)
        people = [make_user() for _ in range(16)]

        results = at_once(*[redeeming(code, user) for user in people])

        assert kinds(results) == ["CannotRedeem"] * 15 + ["VoucherRedemption"]
        assert Lot.objects.count() == VoucherRedemption.objects.count() == 1
        assert Voucher.objects.get().redeemed == 1

    def test_16_people_at_three_uses_redeem_three(self):
        code = make_code(uses=3)
        people = [make_user() for _ in range(16)]

        results = at_once(*[redeeming(code, user) for user in people])

        assert kinds(results) == ["CannotRedeem"] * 13 + ["VoucherRedemption"] * 3
        assert Lot.objects.count() == 3

    def test_a_person_in_8_tabs_has_it_once(self):
        code, user = make_code(uses=16), make_user()

        results = at_once(*[redeeming(code, user)] * 8)

        assert kinds(results) == ["AlreadyRedeemed"] * 7 + ["VoucherRedemption"]
        assert ledger.balance(Account.objects.get(user=user)) == 50

    def test_a_person_with_8_codes_of_a_batch_has_one(self):
        user, codes = make_user(), make_codes(size=8)

        results = at_once(*[redeeming(code, user) for code in codes])

        assert kinds(results) == ["CannotRedeem"] * 7 + ["VoucherRedemption"]
        assert ledger.balance(Account.objects.get(user=user)) == 50
        assert sum(Voucher.objects.values_list("redeemed", flat=True)) == 1

    def test_16_attempts_are_all_counted(self, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 10
        user = make_user()

        results = at_once(*[redeeming("0000-0000", user)] * 16)

        assert kinds(results) == ["CannotRedeem"] * 10 + ["TooManyAttempts"] * 6


class TestExport:
    def test_8_at_once_export_once(self):
        batch, staff = make_batch(), make_staff()

        results = at_once(*[lambda: vouchers.export(batch, by=staff)] * 8)

        assert kinds(results) == ["AlreadyExported"] * 7 + ["list"]
