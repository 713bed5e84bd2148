"""Money taken back by the customer's bank."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.buying import make_client, make_payment, types


def moved(dispute) -> list[tuple[int, int]]:
    """Amount and net of each of a dispute's balance transactions."""
    return [(m["amount"], m["net"]) for m in dispute["balance_transactions"]]


class TestChargeback:
    def test_withdraws_the_money_and_a_fee(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        before = len(stripe_sandbox.events())

        dispute = stripe_sandbox.dispute(session.id)

        assert (dispute["status"], dispute["is_charge_refundable"]) == ("needs_response", False)
        assert moved(dispute) == [(-1000, -2500)]
        assert types(stripe_sandbox.events())[before:] == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.updated",
        ]

    def test_may_be_of_a_part(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))

        dispute = stripe_sandbox.dispute(session.id, 400)

        assert dispute["amount"] == 400
        assert moved(dispute) == [(-400, -1900)]

    def test_won_brings_the_money_back(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        dispute = stripe_sandbox.dispute(session.id)

        won = stripe_sandbox.win(dispute["id"])

        assert won["status"] == "won"
        assert moved(won) == [(-1000, -2500), (1000, 2500)]
        assert types(stripe_sandbox.events())[-2:] == [
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed",
        ]
        assert client.v1.refunds.create({"payment_intent": session.payment_intent}).amount == 1000

    def test_may_bring_back_a_part_before_its_end(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        dispute = stripe_sandbox.dispute(session.id)

        partly = stripe_sandbox.win(dispute["id"], 400)
        lost = stripe_sandbox.lose(dispute["id"])

        assert partly["status"] == "needs_response"
        assert (lost["status"], moved(lost)) == ("lost", [(-1000, -2500), (400, 1900)])

    def test_never_brings_back_more_than_it_took(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        dispute = stripe_sandbox.dispute(session.id, 400)
        stripe_sandbox.win(dispute["id"], 300)

        with pytest.raises(Refused, match="holds 100"):
            stripe_sandbox.win(dispute["id"], 300)

        assert stripe_sandbox.win(dispute["id"])["status"] == "won"

    def test_is_over_once(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        dispute = stripe_sandbox.dispute(session.id)
        stripe_sandbox.lose(dispute["id"])

        with pytest.raises(Refused, match="already closed, with a status of lost"):
            stripe_sandbox.win(dispute["id"])

    def test_is_accepted_by_closing_it(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="dispute")
        dispute = client.v1.disputes.list({"payment_intent": session.payment_intent}).data[0]

        assert client.v1.disputes.close(dispute.id).status == "lost"

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("winning_evidence", "won"),
            ("losing_evidence", "lost"),
            ("Here is the receipt.", "under_review"),
        ],
    )
    def test_is_answered_with_evidence(self, stripe_sandbox, text, status):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="dispute")
        dispute = client.v1.disputes.list({"payment_intent": session.payment_intent}).data[0]

        answered = client.v1.disputes.update(
            dispute.id, {"evidence": {"uncategorized_text": text}, "submit": True}
        )

        assert answered.status == status
        assert answered.evidence_details.submission_count == 1

    def test_keeps_evidence_that_is_not_yet_submitted(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="dispute")
        dispute = client.v1.disputes.list({"payment_intent": session.payment_intent}).data[0]

        kept = client.v1.disputes.update(
            dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": False}
        )

        assert kept.status == "needs_response"
        assert kept.evidence.uncategorized_text == "winning_evidence"

    def test_may_be_one_of_several(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        first = stripe_sandbox.dispute(session.id, 400)
        second = stripe_sandbox.dispute(session.id, 600)

        listed = client.v1.disputes.list({"payment_intent": session.payment_intent}).data
        assert [dispute.id for dispute in listed] == [second["id"], first["id"]]

    @pytest.mark.parametrize("amount", [0, 1001])
    def test_is_never_of_more_than_was_paid(self, stripe_sandbox, amount):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))

        with pytest.raises(Refused, match="does not fit"):
            stripe_sandbox.dispute(session.id, amount)


class TestInquiry:
    def test_moves_no_money_and_leaves_the_charge_refundable(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="createDisputeInquiry")

        dispute = client.v1.disputes.list({"payment_intent": session.payment_intent}).data[0]
        refund = client.v1.refunds.create({"payment_intent": session.payment_intent})

        assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
        assert refund.status == "succeeded"

    def test_ends_without_a_verdict(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        dispute = stripe_sandbox.dispute(session.id, inquiry=True)

        assert stripe_sandbox.lose(dispute["id"])["status"] == "warning_closed"

    def test_may_become_a_chargeback(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        dispute = stripe_sandbox.dispute(session.id, inquiry=True)

        escalated = stripe_sandbox.escalate(dispute["id"])

        assert escalated["status"] == "needs_response"
        assert moved(escalated) == [(-1000, -2500)]
        with pytest.raises(stripe.InvalidRequestError, match="charged back"):
            client.v1.refunds.create({"payment_intent": session.payment_intent})


class TestEarlyFraudWarning:
    def test_is_sent_and_moves_nothing(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        warning = stripe_sandbox.warn(session.id)

        listed = client.v1.radar.early_fraud_warnings.list(
            {"payment_intent": session.payment_intent}
        )
        assert [found.id for found in listed.data] == [warning["id"]]
        assert types(stripe_sandbox.events())[-1] == "radar.early_fraud_warning.created"

    def test_comes_with_stripes_test_card(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        make_payment(stripe_sandbox, client, outcome="createIssuerFraudRecord")

        assert stripe_sandbox.events("radar.early_fraud_warning.created")
