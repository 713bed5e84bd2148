"""What staff decide about events that were set aside, and about events that failed."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from billing import stripe_gateway
from billing.models import Payment, Refund, StripeEvent
from billing.privacy.redaction import skeleton
from billing.staff import quarantine
from credits import ledger
from tests.billing.test_races import at_once
from tests.people import make_staff
from tests.staff import make_colleague
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def by():
    return make_colleague("Refunds")


def changed(event, **changes):
    """Another event that says the same of its object, but for these changes."""
    return {
        **event,
        "id": f"evt_{uuid4().hex}",
        "data": {"object": {**event["data"]["object"], **changes}},
    }


def row_of(event):
    return StripeEvent.objects.get(stripe_event_id=event["id"])


def set_aside(shop, **changes):
    """A purchase that was paid, and the event of it that said something else."""
    purchase = shop.open()
    shop.pay(purchase)
    event = changed(
        shop.event("checkout.session.completed"), **(changes or {"amount_subtotal": 999})
    )
    shop.deliver(event)
    row = row_of(event)
    assert row.state == "quarantined"
    return purchase, row


def second_payment(shop, purchase):
    """An event of a second session, made elsewhere, that was paid for the same purchase."""
    session = make_client(shop.stripe).v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": purchase.plan_price.stripe_price_id, "quantity": 1}],
            "metadata": {"purchase_id": str(purchase.uuid)},
            "success_url": "https://example.com/",
        }
    )
    shop.stripe.pay(session.id)
    shop.deliver()
    event = row_of(shop.event("checkout.session.completed"))
    assert event.state == "quarantined"
    return event


class TestGrant:
    def test_gives_what_was_promised_and_says_who_and_why(self, shop, by):
        purchase, event = set_aside(shop)

        quarantine.grant(event=event, reason="Stripe shows 10.00", by=by)

        event.refresh_from_db()
        purchase.refresh_from_db()
        assert (purchase.status, purchase.why) == ("paid", "")
        assert ledger.balance(purchase.account) == 100
        assert purchase.account.transactions.get().actor == f"staff:{by.pk}"
        assert (event.state, event.resolution) == ("resolved", "grant")
        assert (event.resolution_note, event.resolved_by) == ("Stripe shows 10.00", by)
        assert event.resolved_at is not None
        assert (event.purchase, event.payment) == (purchase, purchase.payment)

    def test_grants_no_second_time_when_stripe_tells_again(self, shop, by):
        purchase, event = set_aside(shop)
        quarantine.grant(event=event, reason="Paid", by=by)

        shop.deliver()

        assert ledger.balance(purchase.account) == 100

    def test_takes_back_what_is_refunded_later(self, shop, by):
        purchase, event = set_aside(shop)
        quarantine.grant(event=event, reason="Paid", by=by)
        purchase.refresh_from_db()
        shop.refund(purchase, 400)

        shop.deliver()

        assert ledger.balance(purchase.account) == 60

    def test_is_refused_where_the_credits_were_granted_before(self, shop, by):
        purchase = shop.sell()
        event = second_payment(shop, purchase)

        with pytest.raises(quarantine.NotGrantable, match="granted before"):
            quarantine.grant(event=event, reason="Paid twice", by=by)

        event.refresh_from_db()
        assert event.state == "quarantined"
        assert ledger.balance(purchase.account) == 100

    def test_asks_stripe_whether_it_is_paid(self, shop, by):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")
        event = changed(
            shop.event("checkout.session.completed"), payment_status="paid", amount_subtotal=1
        )
        shop.deliver(event)

        with pytest.raises(quarantine.NotGrantable, match="unpaid"):
            quarantine.grant(event=row_of(event), reason="It says so", by=by)

        assert ledger.balance(purchase.account) == 0

    def test_grants_nothing_while_stripe_does_not_tell(self, shop, by):
        purchase, event = set_aside(shop)
        shop.stripe.switch(api_down=True)

        with pytest.raises(stripe_gateway.GatewayError):
            quarantine.grant(event=event, reason="Paid", by=by)

        event.refresh_from_db()
        assert event.state == "quarantined"
        assert ledger.balance(purchase.account) == 0

    def test_is_refused_where_nobody_is_left_to_have_them(self, shop, by):
        purchase, event = set_aside(shop)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

        with pytest.raises(quarantine.NotGrantable, match="no longer known"):
            quarantine.grant(event=event, reason="Paid", by=by)

    def test_shows_what_differs(self, shop):
        purchase, event = set_aside(shop)
        found = quarantine.session_of(event)
        assert found
        session = replace(found, amount_subtotal=999)

        [difference] = quarantine.differences(session, purchase)

        assert (difference.name, difference.promised, difference.found) == (
            "amount_subtotal",
            1000,
            999,
        )


class TestRefund:
    def test_sends_back_a_payment_without_credits(self, shop, by):
        purchase, event = set_aside(shop)

        refund = quarantine.refund(event=event, reason="Wrong amount", by=by)

        event.refresh_from_db()
        assert (refund.status, refund.unit_amount, refund.requested_by) == ("succeeded", 1000, by)
        assert (event.state, event.resolution) == ("resolved", "refund")
        assert event.payment == refund.payment
        assert ledger.balance(purchase.account) == 0

    def test_sends_back_the_payment_that_the_event_names(self, shop, by):
        purchase = shop.sell()
        event = second_payment(shop, purchase)

        refund = quarantine.refund(event=event, reason="Paid twice", by=by)

        assert refund.payment != purchase.payment
        assert refund.status == Refund.Status.SUCCEEDED
        assert ledger.balance(purchase.account) == 100

    def test_is_still_open_where_stripe_refuses(self, shop, by):
        _purchase, event = set_aside(shop)
        shop.stripe.dispute(event.payload["data"]["object"]["payment_intent"])

        refund = quarantine.refund(event=event, reason="Wrong amount", by=by)

        event.refresh_from_db()
        assert refund.status == Refund.Status.FAILED
        assert (event.state, event.resolution, event.resolved_by) == ("quarantined", "", None)

    def test_is_refused_where_all_has_gone_back(self, shop, by):
        _purchase, event = set_aside(shop)
        shop.stripe.refund(event.payload["data"]["object"]["payment_intent"])
        shop.deliver(*shop.stripe.events("refund.created"))

        with pytest.raises(quarantine.NotRefundable):
            quarantine.refund(event=event, reason="Wrong amount", by=by)

    def test_needs_the_permission_to_refund_too(self, shop):
        _purchase, event = set_aside(shop)
        by = make_colleague("Support")
        by.user_permissions.add(Permission.objects.get(codename="resolve_event"))
        shop.stripe.switch(api_down=True)  # nobody is asked

        with pytest.raises(PermissionDenied):
            quarantine.refund(event=event, reason="Wrong amount", by=by)

        assert not Refund.objects.exists()


class TestPaymentOf:
    def test_is_the_one_that_the_event_names(self, shop):
        _purchase, event = set_aside(shop)
        other = shop.sell()
        StripeEvent.objects.filter(pk=event.pk).update(payment=other.payment)
        event.refresh_from_db()

        payment = quarantine.payment_of(event)

        assert payment
        assert payment.stripe_payment_intent_id == event.object["payment_intent"]

    def test_is_known_where_the_event_names_none(self, shop):
        payment = shop.sell().payment
        event = StripeEvent(payload={"data": {"object": {"id": "re_1"}}}, payment=payment)

        assert quarantine.payment_of(event) == payment


class TestDismiss:
    def test_changes_nothing_else(self, shop, by):
        purchase, event = set_aside(shop)

        quarantine.dismiss(event=event, reason="A test of ours", by=by)

        event.refresh_from_db()
        assert (event.state, event.resolution) == ("resolved", "dismiss")
        assert ledger.balance(purchase.account) == 0
        assert not Refund.objects.exists()

    def test_stays_when_stripe_delivers_it_again(self, shop, by):
        purchase = shop.open()
        shop.pay(purchase)
        event = changed(shop.event("checkout.session.completed"), amount_subtotal=999)
        shop.deliver(event)
        quarantine.dismiss(event=row_of(event), reason="A test of ours", by=by)

        shop.deliver(event)

        assert row_of(event).state == "resolved"


class TestDeciding:
    @pytest.mark.parametrize("verb", [quarantine.grant, quarantine.refund, quarantine.dismiss])
    def test_needs_a_reason_and_the_permission(self, shop, by, verb):
        _purchase, event = set_aside(shop)

        with pytest.raises(quarantine.ReasonMissing):
            verb(event=event, reason="  ", by=by)
        with pytest.raises(PermissionDenied):
            verb(event=event, reason="Because", by=make_colleague("Support"))

    def test_is_done_once(self, shop, by):
        purchase, event = set_aside(shop)
        quarantine.dismiss(event=event, reason="A test of ours", by=by)

        with pytest.raises(quarantine.AlreadyResolved) as refused:
            quarantine.grant(event=event, reason="Paid", by=by)

        assert refused.value.event.resolved_by == by
        assert ledger.balance(purchase.account) == 0

    def test_one_of_two_people_who_refund_at_once_wins(self, shop):
        _purchase, event = set_aside(shop)
        people = [make_staff(), make_staff()]

        results = at_once(
            *[
                lambda by=by: quarantine.refund(event=event, reason="Wrong amount", by=by)
                for by in people
            ]
        )

        assert sorted(type(result).__name__ for result in results) == ["AlreadyResolved", "Refund"]
        assert len(shop.stripe.events("refund.created")) == 1

    def test_one_of_granting_and_refunding_at_once_wins(self, shop):
        purchase, event = set_aside(shop)
        staff = make_staff()

        at_once(
            lambda: quarantine.grant(event=event, reason="Paid", by=staff),
            lambda: quarantine.refund(event=event, reason="Wrong amount", by=staff),
        )

        refunded = Refund.objects.count()
        assert (ledger.balance(purchase.account), refunded) in {(100, 0), (0, 1)}

    def test_stripeevent_resolved_with_who_and_why(self, shop):
        _purchase, event = set_aside(shop)

        for values in ({"state": "resolved"}, {"resolution": "grant"}):
            with (
                pytest.raises(IntegrityError, match="stripeevent_resolved_with_who_and_why"),
                transaction.atomic(),
            ):
                StripeEvent.objects.filter(pk=event.pk).update(**values)


class TestReplay:
    @pytest.fixture
    def failed(self, shop):
        """A completed session whose event failed, because a table was broken for a while."""
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_purchase RENAME TO billing_purchase_gone")
            try:
                assert shop.post(completed).status_code == 500
            finally:
                cursor.execute("ALTER TABLE billing_purchase_gone RENAME TO billing_purchase")
        self.purchase = purchase
        return row_of(completed)

    def test_does_what_the_event_asks_for(self, failed, by):
        assert failed.state == "failed"

        state = quarantine.replay(event=failed, by=by)

        assert state == "processed"
        assert ledger.balance(self.purchase.account) == 100

    def test_is_not_for_what_did_not_fail(self, shop, failed, by):
        quarantine.replay(event=failed, by=by)

        with pytest.raises(quarantine.NotReplayable):
            quarantine.replay(event=failed, by=by)

        assert Payment.objects.count() == 1

    def test_is_not_for_what_is_not_kept_any_more(self, failed, by):
        StripeEvent.objects.filter(pk=failed.pk).update(payload=skeleton(failed.payload))

        with pytest.raises(quarantine.NotReplayable, match="not kept"):
            quarantine.replay(event=failed, by=by)

        assert ledger.balance(self.purchase.account) == 0

    def test_needs_the_permission(self, failed):
        with pytest.raises(PermissionDenied):
            quarantine.replay(event=failed, by=make_colleague("Support"))
