"""Every rule of the vouchers' tables, broken once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing import vouchers
from billing.models import AttemptCount, Voucher, VoucherBatch, VoucherRedemption
from tests.billing.vouchers.factories import make_batch, make_code
from tests.credits.factories import make_lot
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


def refused(name):
    """Expects the database to refuse what is inside, by this constraint."""
    return pytest.raises(IntegrityError, match=name)


def make_row(**fields):
    """A batch as no verb made it."""
    return VoucherBatch.objects.create(
        **{"name": "x", "credits": 1, "size": 1, "seed": b"x", "made_by": "staff:1", **fields}
    )


@pytest.fixture
def redemption():
    return vouchers.redeem(user=make_user(), code=make_code())


class TestVoucherBatch:
    @pytest.mark.parametrize("fields", [{"credits": 0}, {"size": 0}, {"uses": 0}])
    def test_voucherbatch_numbers_positive(self, fields):
        with refused("voucherbatch_numbers_positive"):
            make_row(**fields)

    @pytest.mark.parametrize("days", [0, 36_501])
    def test_voucherbatch_valid_for_days_possible(self, days):
        with refused("voucherbatch_valid_for_days_possible"):
            make_row(valid_for_days=days)

    def test_voucherbatch_ends_after_it_starts(self):
        now = timezone.now()

        with refused("voucherbatch_ends_after_it_starts"):
            make_row(starts_at=now, ends_at=now)

    @pytest.mark.parametrize(
        "fields",
        [
            {"seed": None},
            {"seed": None, "exported_at": timezone.now()},
            {"exported_at": timezone.now(), "exported_by": "staff:1"},
        ],
    )
    def test_voucherbatch_seed_until_exported(self, fields):
        with refused("voucherbatch_seed_until_exported"):
            make_row(**fields)

    @pytest.mark.parametrize(
        "fields",
        [
            {"credits": 2},
            {"valid_for_days": 3},
            {"size": 2},
            {"uses": 2},
            {"once_a_person": False},
            {"made_by": "staff:2"},
            {"seed": b"y"},
        ],
    )
    def test_voucherbatch_terms_are_frozen(self, fields):
        row = make_row()

        with refused("voucherbatch_terms_are_frozen"):
            VoucherBatch.objects.filter(pk=row.pk).update(**fields)

    def test_voucherbatch_terms_are_frozen_once_exported(self):
        batch = make_batch()
        vouchers.export(batch, by=make_staff())

        with refused("voucherbatch_terms_are_frozen"):
            VoucherBatch.objects.filter(pk=batch.pk).update(
                seed=b"z", exported_at=None, exported_by=""
            )

    def test_may_end_sooner_or_later(self):
        row = make_row()

        ends_at = timezone.now() + timedelta(days=1)
        assert VoucherBatch.objects.filter(pk=row.pk).update(ends_at=ends_at, is_active=False)


class TestVoucher:
    def test_voucher_number_once(self):
        batch = make_batch()

        with refused("voucher_number_once"):
            Voucher.objects.create(batch=batch, number=1, prefix="A", digest="a", uses=1)

    def test_digest_is_unique(self):
        voucher = make_batch().vouchers.get()

        with refused("billing_voucher_digest"):
            Voucher.objects.create(
                batch=voucher.batch, number=2, prefix="A", digest=voucher.digest, uses=1
            )

    def test_voucher_redeemed_within_uses(self):
        voucher = make_batch(uses=2).vouchers.get()

        with refused("voucher_redeemed_within_uses"):
            Voucher.objects.filter(pk=voucher.pk).update(redeemed=3)

    @pytest.mark.parametrize(
        "fields", [{"uses": 9}, {"digest": "a"}, {"prefix": "A"}, {"number": 2}, {"redeemed": 0}]
    )
    def test_voucher_is_frozen(self, redemption, fields):
        with refused("voucher_is_frozen"):
            Voucher.objects.filter(pk=redemption.voucher_id).update(**fields)


class TestVoucherRedemption:
    def make_another(self, redemption, **fields):
        return VoucherRedemption.objects.create(
            **{
                "voucher": redemption.voucher,
                "batch": redemption.batch,
                "once_a_person": False,
                "account": redemption.account,
                "lot": make_lot(),
                "created_at": timezone.now(),
                **fields,
            }
        )

    def test_redemption_of_a_code_once_a_person(self, redemption):
        with refused("redemption_of_a_code_once_a_person"):
            self.make_another(redemption)

    def test_redemption_of_a_batch_once_a_person(self, redemption):
        other = Voucher.objects.create(
            batch=redemption.batch, number=2, prefix="A", digest="a", uses=1
        )

        with refused("redemption_of_a_batch_once_a_person"):
            self.make_another(redemption, voucher=other, once_a_person=True)

    def test_lot_is_of_one(self, redemption):
        lot = make_lot()
        other = Voucher.objects.create(
            batch=redemption.batch, number=2, prefix="A", digest="a", uses=1
        )
        self.make_another(redemption, voucher=other, lot=lot)

        with refused("billing_voucherredemption_lot_id"):
            self.make_another(redemption, account=lot.account, lot=lot)

    def test_redemption_is_for_good(self, redemption):
        rows = VoucherRedemption.objects.filter(pk=redemption.pk)

        with refused("redemption_is_for_good"):
            rows.update(once_a_person=False)

    def test_redemption_is_for_good_and_not_deleted(self, redemption):
        with refused("redemption_is_for_good"):
            redemption.delete()


class TestAttemptCount:
    def test_attemptcount_hour_once(self):
        now = timezone.now()
        AttemptCount.objects.create(subject="a", started_at=now, attempts=1)

        with refused("attemptcount_hour_once"):
            AttemptCount.objects.create(subject="a", started_at=now, attempts=1)
