"""What the words of statuses mean: each meaning stands on its model, and nowhere else."""

import pytest

from billing.models import Dispute, Purchase, Refund, StripeEvent


class TestPurchase:
    @pytest.mark.parametrize(
        ("status", "is_at_checkout", "is_waiting", "is_paid"),
        [
            ("pending", True, True, False),
            ("open", True, True, False),
            ("processing", False, True, False),
            ("paid", False, False, True),
            ("expired", False, False, False),
            ("failed", False, False, False),
        ],
    )
    def test_status(self, status, is_at_checkout, is_waiting, is_paid):
        purchase = Purchase(status=status)

        assert purchase.is_at_checkout is is_at_checkout
        assert purchase.is_waiting is is_waiting
        assert purchase.is_paid is is_paid

    def test_status_is_known_in_full(self):
        assert len(Purchase.Status) == 6


class TestRefund:
    @pytest.mark.parametrize(
        ("status", "has_failed"),
        [
            ("requested", False),
            ("pending", False),
            ("succeeded", False),
            ("failed", True),
            ("canceled", True),
        ],
    )
    def test_has_failed_where_no_money_moved(self, status, has_failed):
        assert Refund(status=status).has_failed is has_failed

    def test_that_waits_for_anything_is_pending(self):
        assert Refund.Status.read("requires_action") == Refund.Status.PENDING

    def test_moves_up(self):
        ranks = [Refund.Status(status).rank for status in ("requested", "pending", "succeeded")]
        assert ranks == sorted(set(ranks))
        assert Refund.Status.FAILED.rank > Refund.Status.SUCCEEDED.rank


class TestDispute:
    @pytest.mark.parametrize(
        ("status", "holds_money", "is_open", "is_decided"),
        [
            ("warning_needs_response", False, False, False),
            ("warning_under_review", False, False, False),
            ("warning_closed", False, False, True),
            ("warning_unheard_of", False, False, False),
            ("prevented", False, False, True),
            ("needs_response", True, True, False),
            ("under_review", True, True, False),
            ("unheard_of", True, True, False),
            ("won", False, False, True),
            ("lost", True, False, True),
        ],
    )
    def test_status(self, status, holds_money, is_open, is_decided):
        dispute = Dispute(status=status)

        assert dispute.state.holds_money is holds_money
        assert dispute.is_open is is_open
        assert dispute.state.is_decided is is_decided


class TestStripeEvent:
    def test_is_either_taken_in_or_tried_again(self):
        tried_again = {StripeEvent.State.RECEIVED, StripeEvent.State.FAILED}
        assert set(StripeEvent.TAKEN_IN) == set(StripeEvent.State) - tried_again

    def test_needs_staff_or_is_settled_once_it_is_done(self):
        done = set(StripeEvent.State) - {StripeEvent.State.RECEIVED}
        assert {*StripeEvent.FINISHED, *StripeEvent.NEEDING_STAFF} == done

    @pytest.mark.parametrize(
        "payload",
        [{}, {"data": None}, {"data": {}}, {"data": {"object": []}}, {"data": {"object": None}}],
        ids=str,
    )
    def test_without_an_object_has_an_empty_one(self, payload):
        assert StripeEvent(payload=payload).object == {}

    def test_has_the_object_that_it_tells_of(self):
        assert StripeEvent(payload={"data": {"object": {"id": "ch_1"}}}).object == {"id": "ch_1"}
