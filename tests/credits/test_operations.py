from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from credits import operations
from credits.errors import InactiveOperation, InvalidOperation, LedgerError, UnknownOperation
from credits.models import Operation
from tests.credits.factories import make_account, make_lot, make_operation, make_spend, set_target

pytestmark = pytest.mark.django_db


class TestOperation:
    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ({"slug": "taken"}, "operation_slug_once"),
            ({"slug": ""}, "operation_slug_is_a_word"),
            ({"slug": "Image"}, "operation_slug_is_a_word"),
            ({"slug": "image\n"}, "operation_slug_is_a_word"),
            ({"slug": ".image"}, "operation_slug_is_a_word"),
            ({"base": -1}, "operation_base_not_negative"),
            ({"per_unit": Decimal("-0.000001")}, "operation_per_unit_not_negative"),
            ({"unit": ""}, "operation_per_unit_names_its_unit"),
        ],
    )
    def test_holds_its_rules(self, values, rule):
        make_operation(slug="taken")
        operation = make_operation(per_unit=Decimal(1), unit="minute")

        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Operation.objects.filter(pk=operation.pk).update(**values)

    @pytest.mark.parametrize("slug", ["image.large", "a", "0", "text_to-speech.v2"])
    def test_has_a_slug_of_small_letters_digits_and_what_stands_between(self, slug):
        make_operation(slug=slug).full_clean()


class TestCost:
    def test_is_that_of_the_price_list_now(self):
        operation = make_operation(
            slug="transcribe", base=2, per_unit=Decimal("0.5"), unit="minute"
        )
        assert operations.cost("transcribe", units=3) == 4

        Operation.objects.filter(pk=operation.pk).update(base=3)

        assert operations.cost("transcribe", units=3) == 5

    def test_is_of_one_unit_unless_told(self):
        make_operation(slug="image.large", base=0, per_unit=Decimal(7), unit="image")

        assert operations.cost("image.large") == 7

    @pytest.mark.parametrize(
        ("slug", "error"), [("transcibe", UnknownOperation), ("retired", InactiveOperation)]
    )
    def test_is_refused_by_name_of_what_the_list_does_not_have(self, slug, error):
        make_operation(slug="retired", is_active=False)

        with pytest.raises(error, match=slug) as refused:
            operations.cost(slug)

        assert refused.value.operation == slug
        assert isinstance(refused.value, LedgerError)

    @pytest.mark.parametrize(
        "units",
        [
            1.5,
            True,
            "3",
            None,
            -1,
            2**53,
            *map(Decimal, ["-0.1", "NaN", "sNaN", "Infinity", "1E+999999", "1E-999999", "1E-61"]),
        ],
    )
    def test_takes_exact_units_of_a_size_only(self, units):
        make_operation(slug="transcribe", per_unit=Decimal(1), unit="minute")

        with pytest.raises(InvalidOperation, match="units are an int or a Decimal from 0"):
            operations.cost("transcribe", units=units)

    @pytest.mark.parametrize("units", [Decimal(125) / 60, Decimal(1) / 3 / 10**9, Decimal("-0")])
    def test_takes_whatever_decimals_divide_into(self, units):
        make_operation(slug="transcribe", base=1, per_unit=Decimal(1), unit="minute")

        assert operations.cost("transcribe", units=units) >= 1

    def test_is_never_more_than_an_account_can_hold(self):
        make_operation(slug="transcribe", per_unit=Decimal(2), unit="minute")

        with pytest.raises(InvalidOperation, match="at most 9007199254740991 credits"):
            operations.cost("transcribe", units=2**53 - 1)

    @pytest.mark.parametrize("slug", [None, 5, "", " "])
    def test_wants_a_slug(self, slug):
        with pytest.raises(InvalidOperation, match="an operation"):
            operations.cost(slug)

    def test_asks_the_database_once(self, django_assert_num_queries):
        make_operation(slug="transcribe")

        with django_assert_num_queries(1):
            operations.cost("transcribe")


class TestCanAfford:
    @pytest.mark.parametrize(("units", "can"), [(3, True), (4, False)])
    def test_compares_the_cost_with_the_balance(self, units, can):
        make_operation(slug="transcribe", base=0, per_unit=Decimal(10), unit="minute")
        account = make_account(credits=30)

        answer = operations.can_afford(account=account, operation="transcribe", units=units)

        assert answer is can

    @pytest.mark.parametrize(("policy", "can"), [("record", True), ("lien", False)])
    def test_leaves_what_is_owed_where_a_lien_is_kept(self, policy, can, settings):
        settings.CREDITS_SHORTFALL_POLICY = policy
        make_operation(slug="image", base=8)
        account = make_account()
        lot = make_lot(account=account, credits=10)
        make_spend(account=account, credits=10)
        set_target(lot, 5)
        make_lot(account=account, credits=10)

        assert operations.can_afford(account=account, operation="image") is can

    def test_needs_nothing_for_what_is_free(self):
        make_operation(slug="preview", base=0)

        assert operations.can_afford(account=make_account(), operation="preview")
