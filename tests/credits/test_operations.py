from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from credits import ledger, operations
from credits.errors import (
    InactiveOperation,
    InsufficientCredits,
    InvalidOperation,
    KeyConflict,
    LedgerError,
    UnknownOperation,
)
from credits.models import Operation
from tests.credits.factories import (
    make_account,
    make_hold,
    make_lot,
    make_operation,
    make_spend,
    movements,
    set_target,
)

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

    @pytest.mark.parametrize("slug", [None, 5, " "])
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


def charge(account, **fields):
    return operations.charge(
        **{"account": account, "operation": "transcribe", "key": "k", **fields}
    )


def reprice(**values):
    Operation.objects.filter(slug="transcribe").update(**values)


@pytest.fixture
def transcribe():
    return make_operation(
        slug="transcribe", name="Transcription", base=2, per_unit=Decimal("0.5"), unit="minute"
    )


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.mark.usefixtures("transcribe")
class TestCharge:
    def test_spends_what_the_operation_costs_and_says_what_for(self, account):
        spent = charge(account, units=Decimal("12.50"), metadata={"file": 7}, actor="staff:1")

        spent.refresh_from_db()
        assert (spent.kind, spent.amount, spent.operation) == ("SPEND", -9, "transcribe")
        assert (spent.description, spent.actor) == ("Transcription", "staff:1")
        assert spent.metadata == {"file": 7, "units": "12.5"}
        assert ledger.balance(account) == 91

    def test_may_be_described_in_other_words(self, account):
        assert charge(account, description="talk.mp3").description == "talk.mp3"

    @pytest.mark.parametrize(
        ("first", "again"), [(12, Decimal("12.0")), (Decimal("1.2E+1"), 12), (0, Decimal("-0"))]
    )
    def test_happens_once_a_key(self, account, first, again):
        spent = charge(account, units=first)

        assert charge(account, units=again) == spent
        assert len(movements(account)) == 2

    @pytest.mark.parametrize(
        "change", [{"base": 9}, {"base": 0, "per_unit": 0}, {"is_active": False}, {"base": 10**9}]
    )
    def test_keeps_what_was_charged_whatever_the_price_list_says_later(self, account, change):
        spent = charge(account)

        reprice(**change)

        assert charge(account) == spent
        spent.refresh_from_db()
        assert (spent.amount, ledger.balance(account)) == (-3, 97)

    def test_finds_its_charge_when_the_balance_no_longer_pays_the_new_price(self, account):
        spent = charge(account)
        make_spend(account=account, credits=97)
        reprice(base=50)

        assert charge(account) == spent

    @pytest.mark.parametrize("other", [{"units": 2}, {"operation": "translate"}])
    @pytest.mark.parametrize("change", [{}, {"base": 9}, {"is_active": False}, {"base": 0}])
    def test_refuses_a_key_that_charged_for_something_else(self, account, other, change):
        make_operation(slug="translate", base=3)
        charge(account)
        Operation.objects.update(**change)

        with pytest.raises(KeyConflict):
            charge(account, **other)

        assert ledger.balance(account) == 97

    @pytest.mark.parametrize(
        "make",
        [
            lambda account: make_spend(account=account, credits=3, key="k"),
            lambda account: make_spend(account=account, credits=3, key="k", operation="transcribe"),
            lambda account: make_hold(account=account, credits=3, key="k", operation="transcribe"),
        ],
        ids=["spend", "spend of the operation", "hold"],
    )
    def test_refuses_a_key_that_was_no_charge(self, account, make):
        make(account)

        with pytest.raises(KeyConflict):
            charge(account)

    def test_takes_nothing_where_there_is_too_little(self):
        account = make_account(credits=7)

        with pytest.raises(InsufficientCredits) as refused:
            charge(account, units=12)

        assert (refused.value.requested, refused.value.available) == (8, 7)
        assert movements(account) == [7]

    @pytest.mark.parametrize(
        ("slug", "error"), [("unknown", UnknownOperation), ("retired", InactiveOperation)]
    )
    def test_refuses_what_is_not_on_the_list_before_anything_happens(self, account, slug, error):
        make_operation(slug="retired", is_active=False)

        with pytest.raises(error):
            charge(account, operation=slug)

        assert movements(account) == [100]

    def test_takes_nothing_for_what_is_free(self, account):
        reprice(base=0, per_unit=0)

        assert charge(account) is None
        assert movements(account) == [100]

    @pytest.mark.parametrize(
        "bad", [{"units": 1.5}, {"key": ""}, {"operation": "a b"}, {"operation": None}]
    )
    def test_breaks_no_transaction_with_what_cannot_be(self, account, bad):
        with transaction.atomic():
            with pytest.raises(InvalidOperation):
                charge(account, **bad)

            charge(account)

        assert ledger.balance(account) == 97

    def test_asks_the_database_twice(self, account, django_assert_num_queries):
        with django_assert_num_queries(2):
            charge(account)
