"""From Stripe's delivery to the answer: the real view, really signed bodies."""

import json
from contextlib import contextmanager

import pytest
from django.db import connection

from billing.models import Payment, PlanPrice, Purchase, Refund, StripeEvent
from credits import ledger

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(event):
    return StripeEvent.objects.get(stripe_event_id=event["id"]).state


class TestDelivery:
    def test_grants_on_a_completed_and_paid_session(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        shop.deliver()

        row = StripeEvent.objects.get(type="checkout.session.completed")
        assert ledger.balance(purchase.account) == 100
        assert (row.state, row.purchase, row.why) == ("processed", purchase, "")
        assert Payment.objects.get().receipt_url.startswith("http")

    def test_an_event_that_was_taken_in_is_answered_200_and_does_nothing(self, shop):
        purchase = shop.sell()
        completed = shop.event("checkout.session.completed")

        responses = [shop.post(completed) for _ in range(3)]

        assert {response.status_code for response in responses} == {200}
        assert ledger.balance(purchase.account) == 100
        assert StripeEvent.objects.filter(stripe_event_id=completed["id"]).count() == 1

    def test_events_of_a_purchase_may_come_in_reverse(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        shop.deliver(*reversed(shop.stripe.events()))

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert purchase.payment.stripe_charge_id.startswith("ch_")
        assert ledger.balance(purchase.account) == 100

    def test_completed_is_not_paid(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")

        shop.deliver()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PROCESSING
        assert ledger.balance(purchase.account) == 0

    def test_a_bank_debit_that_clears_grants(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase, "debit_clears")
        shop.deliver()

        shop.stripe.settle_debit(session["payment_intent"])
        shop.deliver()

        assert ledger.balance(purchase.account) == 100

    def test_a_bank_debit_that_fails_ends_the_purchase(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase, "debit_fails")
        shop.deliver()

        shop.stripe.settle_debit(session["payment_intent"])
        shop.deliver()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.FAILED
        assert ledger.balance(purchase.account) == 0

    def test_a_session_that_expires_ends_the_purchase(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)

        shop.deliver()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED

    def test_a_dashboard_refund_takes_back_its_share(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)

        shop.deliver()

        assert ledger.balance(purchase.account) == 60
        assert Refund.objects.get().status == Refund.Status.SUCCEEDED
        assert Payment.objects.get().max_amount_refunded == 400

    def test_a_refund_that_fails_later_gives_the_credits_back(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        shop.deliver()

        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        assert ledger.balance(purchase.account) == 100

    def test_a_refund_of_a_payment_that_is_not_ours_changes_no_credits(self, shop):
        purchase = shop.sell()
        event = shop.event("charge.succeeded")
        event["id"], charge = "evt_foreign", event["data"]["object"]
        charge.update(id="ch_foreign", payment_intent="pi_foreign", amount_refunded=1000)

        shop.deliver(event)

        assert ledger.balance(purchase.account) == 100
        assert not Payment.objects.filter(
            stripe_payment_intent_id="pi_foreign", purchase__isnull=False
        ).exists()

    def test_what_nobody_here_needs_is_ignored(self, shop):
        shop.sell()

        assert state_of(shop.event("payment_intent.created")) == "ignored"

    def test_a_session_without_our_mark_is_ignored(self, shop):
        shop.sell()
        event = shop.event("checkout.session.completed")
        event["id"] = "evt_foreign"
        event["data"]["object"].update(id="cs_test_foreign", metadata={}, client_reference_id=None)

        shop.deliver(event)

        assert state_of(event) == "ignored"

    def test_an_archived_price_warns_staff(self, shop):
        purchase = shop.open()
        shop.deliver()
        event = shop.event("price.created")
        event.update(id="evt_archived", type="price.updated")
        event["data"]["object"]["active"] = False

        shop.deliver(event)

        assert "archived at Stripe" in PlanPrice.objects.get(pk=purchase.plan_price_id).why

    def test_what_was_set_aside_stays_so_when_stripe_repeats_it(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")
        user, purchase.account.user = purchase.account.user, None
        purchase.account.save(update_fields=["user"])
        shop.deliver(completed)
        purchase.account.user = user
        purchase.account.save(update_fields=["user"])

        shop.deliver(completed)

        assert state_of(completed) == "quarantined"
        assert ledger.balance(purchase.account) == 0

    def test_a_wrong_amount_is_quarantined_with_its_reason(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")
        event["data"]["object"]["amount_subtotal"] = 1

        shop.deliver(event)

        row = StripeEvent.objects.get(stripe_event_id=event["id"])
        assert row.state == StripeEvent.State.QUARANTINED
        assert "amount_subtotal is 1" in row.why
        assert ledger.balance(purchase.account) == 0


class TestEachType:
    """Of several events that tell of one thing, any one is enough."""

    @pytest.mark.parametrize("type", ["refund.created", "charge.refunded"])
    def test_takes_back_what_was_refunded(self, shop, type):
        purchase = shop.sell()
        shop.refund(purchase, 400)

        shop.deliver(shop.event(type))

        assert ledger.balance(purchase.account) == 60

    @pytest.mark.parametrize("type", ["refund.failed", "refund.updated", "charge.refund.updated"])
    def test_gives_back_what_a_failed_refund_took(self, shop, type):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400, status="pending")
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")

        shop.deliver(shop.event(type))

        assert ledger.balance(purchase.account) == 100

    @pytest.mark.parametrize("type", ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
    def test_takes_back_what_a_bank_took(self, shop, type):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)

        shop.deliver(shop.event(type))

        assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize("type", ["charge.dispute.closed", "charge.dispute.funds_reinstated"])
    def test_gives_back_what_a_bank_gave_back(self, shop, type):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        shop.stripe.win(dispute["id"])

        shop.deliver(shop.event(type))

        assert ledger.balance(purchase.account) == 100

    def test_counts_as_of_when_it_happened(self, shop):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        opened = shop.event("charge.dispute.created")
        won, lost = (
            {
                **opened,
                "id": f"evt_{status}",
                "created": opened["created"] + seconds,
                "data": {"object": {**opened["data"]["object"], "status": status}},
            }
            for status, seconds in (("won", 20), ("lost", 10))
        )

        shop.deliver(won, lost)

        assert ledger.balance(purchase.account) == 100


class TestOddObjects:
    """Signed, so from Stripe, and yet not as expected: never a 500, and nothing granted."""

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "c" * 300},
            {"id": None},
            {"id": {"id": "cs_test_expanded"}},
            {"payment_intent": {"no": "id"}},
            {"payment_intent": "p" * 300},
            {"payment_intent": "pi_\x00"},
            {"amount_subtotal": "1000"},
            {"amount_subtotal": True},
            {"amount_total": 10**30},
            {"amount_total": -1},
            {"currency": 7},
            {"livemode": "no"},
            {"metadata": []},
            {"metadata": {"purchase_id": {"a": 1}}},
            {"payment_status": None},
            {"mode": []},
        ],
        ids=str,
    )
    def test_of_a_session(self, shop, change):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")
        event["data"]["object"].update(change)

        response = shop.post(event)

        assert response.status_code == 200
        if change != {"metadata": []} and "metadata" not in change:
            assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize("type", ["charge.refunded", "refund.created", "charge.refund.updated"])
    @pytest.mark.parametrize(
        "change",
        [
            {"id": ["x"]},
            {"payment_intent": 7},
            {"currency": "eur"},
            {"currency": None},
            {"amount": -5, "amount_refunded": -5},
            {"amount": 1.5, "amount_refunded": 1.5},
        ],
        ids=str,
    )
    def test_of_a_refund(self, shop, type, change):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        event = {**shop.event("charge.refunded" if "refunded" in type else "refund.created")}
        event["type"] = type
        event["data"]["object"].update(change)

        assert shop.post(event).status_code == 200
        assert ledger.balance(purchase.account) == 100
        assert state_of(event) == "quarantined"

    def test_extra_fields_and_odd_headers_do_not_matter(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")
        event["data"]["object"]["brand_new"] = {"nested": ["\x00", "\U0001f600"]}
        body, headers = shop.stripe.signed(event)

        response = shop.client.post(
            "/webhooks/stripe/",
            body,
            content_type="text/plain",
            headers={**headers, "X-Forwarded-For": "unknown, ::zz, \x7f"},
        )

        assert response.status_code == 200
        assert ledger.balance(purchase.account) == 100


class TestRefusal:
    def test_stores_nothing_of_a_body_that_is_not_stripes(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        body, headers = shop.stripe.signed(
            shop.event("checkout.session.completed"), secret="whsec_forged"
        )

        response = shop.client.post(
            "/webhooks/stripe/", body, content_type="application/json", headers=headers
        )

        assert response.status_code == 400
        assert not StripeEvent.objects.exists()
        assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize("method", ["get", "put", "delete", "head", "patch"])
    def test_takes_post_only(self, shop, method):
        assert getattr(shop.client, method)("/webhooks/stripe/").status_code == 405

    def test_answers_413_to_more_than_half_a_megabyte(self, shop):
        response = shop.client.post(
            "/webhooks/stripe/", b"x" * 600_000, content_type="application/json"
        )

        assert response.status_code == 413
        assert not StripeEvent.objects.exists()

    def test_answers_503_while_no_secret_is_set(self, shop, settings):
        settings.STRIPE_WEBHOOK_SECRET = []

        response = shop.client.post(
            "/webhooks/stripe/", json.dumps({}), content_type="application/json"
        )

        assert response.status_code == 503


class TestFailure:
    """A handler that raises undoes everything but its event's row; the next delivery works."""

    @pytest.fixture
    def broken(self):
        """Lets the database refuse grants, as a full disk or a lost constraint would."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'broken down'; END $$;"
                " CREATE TRIGGER break_down BEFORE INSERT ON credits_lot"
                " EXECUTE FUNCTION break_down()"
            )

        def fix():
            with connection.cursor() as cursor:
                cursor.execute("DROP FUNCTION IF EXISTS break_down CASCADE")

        yield fix
        fix()

    @pytest.fixture
    def broken_events(self):
        """Lets the database refuse updates of events: those of which something is so."""

        @contextmanager
        def broken_where(condition):
            with connection.cursor() as cursor:
                cursor.execute(
                    "CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION 'broken down'; END $$;"
                    " CREATE TRIGGER break_down BEFORE UPDATE ON billing_stripeevent"
                    f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION break_down()"
                )
                try:
                    yield
                finally:
                    cursor.execute("DROP FUNCTION break_down CASCADE")

        return broken_where

    def test_asks_stripe_to_deliver_again(self, shop, broken):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")

        response = shop.post(completed)

        purchase.refresh_from_db()
        row = StripeEvent.objects.get()
        assert response.status_code == 500
        assert (row.state, row.payload["id"]) == ("failed", completed["id"])
        assert "broken down" in row.why
        assert purchase.status == Purchase.Status.OPEN
        assert not Payment.objects.exists()

    def test_is_made_good_by_the_next_delivery(self, shop, broken):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")
        shop.post(completed)

        broken()
        response = shop.post(completed)

        row = StripeEvent.objects.get()
        assert response.status_code == 200
        assert (row.state, row.why) == ("processed", "")
        assert ledger.balance(purchase.account) == 100

    def test_of_the_last_step_undoes_the_first(self, shop, broken_events):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")

        with broken_events("NEW.state = 'processed'"):
            response = shop.post(completed)

        purchase.refresh_from_db()
        assert response.status_code == 500
        assert state_of(completed) == "failed"
        assert purchase.status == Purchase.Status.OPEN
        assert ledger.balance(purchase.account) == 0

    def test_does_not_undo_what_another_delivery_did(self, shop, broken_events):
        purchase = shop.sell()
        completed = shop.event("checkout.session.completed")

        with broken_events("NEW.state = OLD.state"):
            response = shop.post(completed)

        assert response.status_code == 500
        assert state_of(completed) == "processed"
        assert ledger.balance(purchase.account) == 100
