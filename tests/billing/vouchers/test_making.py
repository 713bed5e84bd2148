from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from billing import vouchers
from billing.models import Voucher, VoucherBatch
from billing.vouchers import codes
from tests.billing.vouchers.factories import make_batch
from tests.people import make_staff, make_user
from tests.staff import make_colleague

pytestmark = pytest.mark.django_db


class TestMakeBatch:
    def test_makes_as_many_codes_as_asked_for(self):
        batch = make_batch(size=3, uses=5)

        made = batch.vouchers.order_by("number")
        assert list(made.values_list("number", "uses", "redeemed", "is_active")) == [
            (1, 5, 0, True),
            (2, 5, 0, True),
            (3, 5, 0, True),
        ]

    def test_says_who_made_it(self):
        staff = make_staff()

        assert make_batch(by=staff).made_by == f"staff:{staff.pk}"

    def test_of_ten_thousand_takes_few_statements(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(20):
            batch = make_batch(size=10_000)

        assert batch.vouchers.count() == 10_000

    @pytest.mark.parametrize(
        ("field", "fields"),
        [
            ("size", {"size": 0}),
            ("size", {"size": 10_001}),
            ("credits", {"credits": 0}),
            ("credits", {"credits": 10**9, "size": 1001}),
            ("uses", {"uses": 0}),
            ("valid_for_days", {"valid_for_days": 0}),
            ("valid_for_days", {"valid_for_days": 36_501}),
        ],
    )
    def test_refuses_numbers_that_no_batch_has(self, field, fields):
        with pytest.raises(vouchers.InvalidBatch) as refused:
            make_batch(**fields)

        assert refused.value.field == field
        assert not VoucherBatch.objects.exists()

    def test_refuses_to_end_before_it_starts(self):
        now = timezone.now()

        with pytest.raises(vouchers.InvalidBatch, match="ends_at"):
            make_batch(starts_at=now, ends_at=now)

    def test_is_for_those_who_may(self):
        with pytest.raises(PermissionDenied):
            make_batch(by=make_colleague("Support"))

        assert make_batch(by=make_colleague("Catalog"))


class TestExport:
    def test_gives_every_code_with_its_number(self):
        batch = make_batch(size=3)

        exported = vouchers.export(batch, by=make_staff())

        assert [number for number, _code in exported] == [1, 2, 3]
        assert [codes.digest(code) for _number, code in exported] == list(
            batch.vouchers.order_by("number").values_list("digest", flat=True)
        )
        assert all(
            code.startswith(Voucher.objects.get(number=number).prefix) for number, code in exported
        )

    def test_happens_once(self):
        batch, staff = make_batch(), make_staff()
        vouchers.export(batch, by=staff)

        with pytest.raises(vouchers.AlreadyExported):
            vouchers.export(batch, by=make_staff())

        batch.refresh_from_db()
        assert batch.exported_by == f"staff:{staff.pk}"

    def test_leaves_no_code_in_the_database(self):
        batch = make_batch()
        seed = bytes(batch.seed)

        ((_number, code),) = vouchers.export(batch, by=make_staff())

        plain = codes.normalized(code)
        with connection.cursor() as cursor:
            cursor.execute("SELECT b::text, v::text FROM billing_voucherbatch b, billing_voucher v")
            text = str(cursor.fetchall())
        assert plain not in text
        assert seed.hex() not in text

    def test_is_for_those_who_may(self):
        batch = make_batch()

        with pytest.raises(PermissionDenied):
            vouchers.export(batch, by=make_colleague("Support"))

        batch.refresh_from_db()
        assert batch.seed is not None


class TestSwitch:
    def test_turns_a_code_off_and_on(self):
        voucher, staff = make_batch(size=2).vouchers.first(), make_staff()

        for is_active in (False, True):
            vouchers.switch(voucher, is_active=is_active, by=staff)

            assert Voucher.objects.filter(is_active=is_active, pk=voucher.pk).exists()
            assert Voucher.objects.filter(is_active=True).exclude(pk=voucher.pk).exists()

    def test_is_for_those_who_may(self):
        with pytest.raises(PermissionDenied):
            vouchers.switch(make_batch().vouchers.get(), is_active=False, by=make_user())


class TestIsOpen:
    def test_from_the_first_moment_to_before_the_last(self):
        start = timezone.now()
        batch = make_batch(starts_at=start, ends_at=start + timedelta(days=1))

        assert not batch.is_open(start - timedelta(microseconds=1))
        assert batch.is_open(start)
        assert not batch.is_open(start + timedelta(days=1))
