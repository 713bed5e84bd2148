"""The arithmetic of what is no longer paid for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.settlement.entitlement import Movements, clawback_target, withdrawn


def back(*, not_failed=0, failed=0, seen_refunded=0, withdrawn=0):
    return Movements(
        not_failed=not_failed, failed=failed, seen_refunded=seen_refunded, withdrawn=withdrawn
    )


class TestRefunded:
    def test_is_the_sum_of_the_refunds_known(self):
        assert back(not_failed=300).refunded == 300

    def test_is_what_the_charge_shows_when_a_refund_is_not_known_yet(self):
        assert back(not_failed=300, seen_refunded=500).refunded == 500

    def test_leaves_out_a_refund_that_failed_after_the_charge_showed_it(self):
        assert back(not_failed=300, failed=200, seen_refunded=500).refunded == 300

    def test_counts_one_that_the_charge_does_not_show_yet(self):
        assert back(not_failed=500, seen_refunded=300).refunded == 500


class TestClawbackTarget:
    @pytest.mark.parametrize(
        ("credits", "charged", "refunded", "target"),
        [
            (100, 999, 333, 33),
            (100, 999, 666, 66),
            (100, 999, 1, 0),
            (100, 999, 999, 100),
            (100, 1000, 500, 50),
            (1, 100_000, 99_900, 0),
            (1_000_000, 50, 1, 20_000),
        ],
    )
    def test_rounds_down(self, credits, charged, refunded, target):
        assert (
            clawback_target(credits=credits, charged=charged, movements=back(not_failed=refunded))
            == target
        )

    def test_never_exceeds_the_lot(self):
        movements = back(not_failed=300, withdrawn=1000)

        assert clawback_target(credits=100, charged=1000, movements=movements) == 100

    def test_is_nothing_where_nothing_was_paid(self):
        assert clawback_target(credits=100, charged=0, movements=back(not_failed=5)) == 0

    @given(
        credits=st.integers(1, 10**12),
        charged=st.integers(1, 10**12),
        share=st.fractions(0, 2),
    )
    def test_takes_no_credit_whose_money_is_still_ours(self, credits, charged, share):
        returned = int(charged * share)

        target = clawback_target(
            credits=credits, charged=charged, movements=back(not_failed=returned)
        )

        assert 0 <= target <= credits
        assert target * charged <= credits * min(returned, charged) < (target + 1) * charged


class TestWithdrawn:
    def test_is_nothing_where_no_money_is_away(self):
        assert withdrawn(holds_money=False, unit_amount=1000, nets=[-1000]) == 0

    def test_is_the_disputed_amount_where_no_transaction_shows_it(self):
        assert withdrawn(holds_money=True, unit_amount=1000, nets=[]) == 1000

    def test_is_the_disputed_amount_in_the_payments_currency(self):
        # 1000 yen, withdrawn as 7 dollars.
        assert withdrawn(holds_money=True, unit_amount=1000, nets=[-700]) == 1000

    def test_is_nothing_once_the_funds_are_reinstated(self):
        assert withdrawn(holds_money=True, unit_amount=1000, nets=[-700, 700]) == 0

    def test_is_a_share_where_some_was_reinstated(self):
        assert withdrawn(holds_money=True, unit_amount=1000, nets=[-800, 200]) == 750
