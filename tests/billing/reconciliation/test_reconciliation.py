"""Reconciliation: what differs between Stripe and us is found, once, and made good."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing import jobs, reconciliation, refunds, stripe_gateway
from billing.models import (
    Customer,
    Dispute,
    Payment,
    PlanPrice,
    Purchase,
    Refund,
    StripeEvent,
)
from billing.reconciliation import Kind
from billing.staff import quarantine
from billing.stripe_gateway import calling, reading
from billing.stripe_gateway.objects import RefundObject
from credits import ledger
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_patience(settings):
    settings.BILLING_RECONCILE_PATIENCE = 0


def run(days=4):
    return reconciliation.Run(since=timezone.now() - timedelta(days=days))


def find(**kwargs):
    """What differs, events aside: kinds and ids."""
    return [
        (finding.kind, finding.id)
        for finding in reconciliation.reconcile(run(**kwargs), repair=False)
        if finding.kind != Kind.EVENT_NOT_TAKEN_IN
    ]


def repair(**kwargs):
    """Repair and return what differed; with `days=-1`, only what waits from long ago."""
    return list(reconciliation.reconcile(run(**kwargs), repair=True))


def forget_events(shop):
    """Let the inbox have had every event, so that only the objects themselves can tell."""
    for event in shop.undelivered():
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id=event["id"],
            type=event["type"],
            payload={},
            state=StripeEvent.State.IGNORED,
        )


class TestNothingDiffers:
    def test_after_every_delivery(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        shop.stripe.dispute(shop.sell().payment.stripe_payment_intent_id, 300)
        shop.open()
        expired = shop.open()
        shop.stripe.expire(expired.stripe_session_id)
        shop.pay(shop.open(), "debit_clears")
        shop.deliver()

        assert repair() == []

    def test_where_others_sell_under_the_same_account(self, shop):
        intent = calling.client().raw_request(  # somebody else's shop
            "post",
            "/v1/payment_intents",
            amount=500,
            currency="usd",
            payment_method="pm_card_visa",
            confirm="true",
        )
        shop.stripe.refund(intent.data["id"], 200)
        forget_events(shop)

        assert repair() == []


class TestEvents:
    def test_that_never_came_are_taken_in(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        found = repair()

        assert {finding.kind for finding in found} == {Kind.EVENT_NOT_TAKEN_IN}
        assert all(finding.is_repaired for finding in found)
        assert ledger.balance(purchase.account) == 100
        assert repair() == []

    def test_that_failed_are_tried_again(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")
        shop.deliver(*[event for event in shop.undelivered() if event != completed])
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id=completed["id"],
            type=completed["type"],
            payload=completed,
            state=StripeEvent.State.FAILED,
            error="The disk was full.",
        )

        [finding] = repair()

        assert (finding.id, finding.is_repaired) == (completed["id"], True)
        assert ledger.balance(purchase.account) == 100

    def test_what_nobody_here_needs_is_no_finding(self, shop):
        shop.sell()
        StripeEvent.objects.filter(type="payment_intent.created").delete()

        assert repair() == []


class TestSessions:
    def test_paid_but_not_granted(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        assert find() == [(Kind.PAID_NOT_GRANTED, purchase.stripe_session_id)]

        repair()

        assert ledger.balance(purchase.account) == 100
        assert repair() == []

    def test_of_a_purchase_that_crashed_before_noting_its_session(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        unnoted = Purchase.objects.create(
            uuid=uuid4(),
            **{
                field: getattr(purchase, field)
                for field in (
                    "account",
                    "plan",
                    "plan_price",
                    "credits",
                    "unit_amount",
                    "currency",
                    "livemode",
                    "session_expires_at",
                )
            },
        )
        # The sandbox's session names the first row; let the second be the one that is left.
        uuid = purchase.uuid
        Purchase.objects.filter(pk=purchase.pk).delete()
        Purchase.objects.filter(pk=unnoted.pk).delete()
        unnoted.pk, unnoted.uuid = None, uuid
        unnoted.save(force_insert=True)

        repair()

        unnoted.refresh_from_db()
        assert unnoted.status == Purchase.Status.PAID
        assert ledger.balance(unnoted.account) == 100

    def test_a_second_one_that_paid_for_the_same_purchase_is_told(self, shop):
        purchase = shop.sell()
        second = calling.client().raw_request(  # by another hand
            "post",
            "/v1/checkout/sessions",
            mode="payment",
            success_url="https://example.com/",
            line_items=[{"price": purchase.plan_price.stripe_price_id, "quantity": 1}],
            metadata={"purchase_id": str(purchase.uuid)},
        )
        shop.stripe.pay(second.data["id"])
        shop.deliver()

        [finding] = repair()

        assert (finding.kind, finding.id) == (Kind.PAID_NOT_GRANTED, second.data["id"])
        assert "second session" in finding.reason
        assert ledger.balance(purchase.account) == 100

    def test_a_contradiction_stays_found(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

        for _ in range(2):
            [finding] = repair()
            assert finding.is_repaired is False
            assert "no longer known" in finding.reason

    def test_a_contradiction_that_staff_refunded_is_settled(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])
        shop.stripe.refund(session["payment_intent"])
        shop.deliver()

        assert repair() == []

    def test_a_second_session_that_staff_granted_is_settled(self, shop):
        purchase = shop.open()
        second = calling.client().raw_request(  # by another hand
            "post",
            "/v1/checkout/sessions",
            mode="payment",
            success_url="https://example.com/",
            line_items=[{"price": purchase.plan_price.stripe_price_id, "quantity": 1}],
            metadata={"purchase_id": str(purchase.uuid)},
        )
        shop.stripe.pay(second.data["id"])
        shop.deliver()
        event = StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED)

        quarantine.grant(event=event, reason="Paid on another page", by=make_staff())

        assert ledger.balance(purchase.account) == 100
        assert repair() == []

        shop.pay(purchase)  # on the first page after all
        shop.deliver()

        assert StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED).purchase == purchase
        assert ledger.balance(purchase.account) == 100
        assert Kind.AMOUNT_MISMATCH in {finding.kind for finding in repair()}

    def test_a_contradiction_that_staff_dismissed_is_settled(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])
        shop.deliver()
        event = StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED)

        quarantine.dismiss(event=event, reason="Paid back in cash", by=make_staff())

        assert repair() == []

    def test_expired_without_our_knowing(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, purchase.stripe_session_id)]

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED

    def test_processing_without_our_knowing(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")
        forget_events(shop)

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PROCESSING
        assert repair() == []

    def test_a_debit_that_failed_without_our_knowing(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase, "debit_fails")
        shop.deliver()
        shop.stripe.settle_debit(session["payment_intent"])
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, purchase.stripe_session_id)]

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.FAILED

    def test_granted_but_not_paid_is_told_and_nothing_taken(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")
        event = {**shop.event("checkout.session.completed"), "id": "evt_paid_after_all"}
        event["data"]["object"]["payment_status"] = "paid"
        shop.deliver()
        shop.deliver(event)

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.GRANTED_NOT_PAID, None)
        assert ledger.balance(purchase.account) == 100

    def test_granted_for_another_amount(self, shop):
        purchase = shop.sell()
        Payment.objects.filter(pk=purchase.payment.pk).update(amount_received=999)

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.AMOUNT_MISMATCH, None)
        assert "amount_total is 1000 at Stripe and 999 here" in finding.detail

    def test_that_stripe_does_not_have(self, shop):
        purchase = shop.sell()
        shop.stripe.reset()

        found = repair()

        assert (Kind.GRANTED_NOT_PAID, purchase.stripe_session_id) in [
            (finding.kind, finding.id) for finding in found
        ]

    def test_an_old_one_that_still_waits_is_asked_about(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        forget_events(shop)

        with time_machine.travel(timezone.now() + timedelta(days=40)):
            found = repair()

        assert [finding.id for finding in found] == [purchase.stripe_session_id]
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED


class TestRefunds:
    def test_refunded_but_not_taken(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        forget_events(shop)
        assert find() == [(Kind.BACK_NOT_TAKEN, refund["id"])]

        repair()

        assert ledger.balance(purchase.account) == 60
        assert repair() == []

    def test_failed_without_our_knowing(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, refund["id"])]

        repair()

        assert ledger.balance(purchase.account) == 100

    def test_pending_for_ever_so_long_is_asked_about(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400, status="pending")
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        forget_events(shop)
        Refund.objects.update(created_at=timezone.now() - timedelta(days=40))

        found = repair(days=-1)

        assert [finding.id for finding in found] == [refund["id"]]
        assert ledger.balance(purchase.account) == 100

    def test_of_another_amount_is_told(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        shop.deliver()
        Refund.objects.update(unit_amount=300)

        kinds = {finding.kind for finding in repair()}

        assert Kind.AMOUNT_MISMATCH in kinds

    def test_that_stripe_does_not_have_is_told(self, shop):
        purchase = shop.sell()
        Refund.objects.create(
            payment=purchase.payment,
            stripe_refund_id="re_nowhere",
            unit_amount=100,
            currency="usd",
            status=Refund.Status.SUCCEEDED,
        )

        assert (Kind.UNKNOWN_OBJECT, "re_nowhere") in find()

    def test_whose_answer_was_lost_are_resolved(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)
        refund = refunds.request(
            purchase=purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.switch(api_down=False)

        [finding] = repair()

        refund.refresh_from_db()
        assert (finding.kind, finding.is_repaired) == (Kind.OUTCOME_UNKNOWN, True)
        assert refund.status == Refund.Status.SUCCEEDED


class TestDisputes:
    def test_disputed_but_not_taken(self, shop):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 400)
        forget_events(shop)
        assert find() == [(Kind.DISPUTED_NOT_TAKEN, dispute["id"])]

        repair()

        assert ledger.balance(purchase.account) == 60
        assert repair() == []

    def test_won_without_our_knowing_and_long_after(self, shop):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        shop.stripe.win(dispute["id"])
        forget_events(shop)
        Dispute.objects.update(created_at=timezone.now() - timedelta(days=60))

        found = repair(days=-1)

        assert [finding.id for finding in found] == [dispute["id"]]
        assert ledger.balance(purchase.account) == 100

    def test_that_stripe_does_not_have_is_told(self, shop):
        purchase = shop.sell()
        Dispute.objects.create(
            payment=purchase.payment,
            stripe_dispute_id="du_nowhere",
            unit_amount=100,
            currency="usd",
            status="needs_response",
            as_of=timezone.now(),
        )

        assert (Kind.UNKNOWN_OBJECT, "du_nowhere") in find()


class TestLots:
    def test_that_do_not_follow_their_money_are_settled(self, shop):
        purchase = shop.sell()
        Refund.objects.create(
            payment=purchase.payment,
            stripe_refund_id=shop.refund(purchase, 400)["id"],
            unit_amount=400,
            currency="usd",
            status=Refund.Status.SUCCEEDED,
        )
        forget_events(shop)
        assert find() == [(Kind.BACK_NOT_TAKEN, purchase.payment.stripe_payment_intent_id)]

        repair()

        assert ledger.balance(purchase.account) == 60


class TestRestoredDatabase:
    """An hour is gone here, and not at Stripe."""

    @staticmethod
    def lose(purchase):
        StripeEvent.objects.all().delete()
        Purchase.objects.filter(pk=purchase.pk).delete()
        Payment.objects.all().delete()

    @pytest.fixture
    def lost(self, shop):
        """A paid purchase of which only Stripe knows; as of before it, the rest is here."""
        user, plan = make_user(), shop.plan()
        purchase = shop.open(user=user, plan=plan)
        shop.pay(purchase)
        self.lose(purchase)
        return purchase

    def test_what_was_paid_is_granted_again(self, shop, lost):
        repair()

        again = Purchase.objects.get()
        assert (again.uuid, again.account) == (lost.uuid, lost.account)
        assert (again.status, again.credits, again.unit_amount) == ("paid", 100, 1000)
        assert ledger.balance(lost.account) == 100
        assert repair() == []

    def test_a_refund_of_that_hour_is_taken_too(self, shop, lost):
        session = stripe_gateway.retrieve_checkout_session(lost.stripe_session_id)
        shop.stripe.refund(session.payment_intent_id, 400)

        repair()

        assert ledger.balance(lost.account) == 60

    def test_what_waits_for_its_payment_waits_again(self, shop):
        purchase = shop.open()
        self.lose(purchase)

        repair()
        shop.pay(purchase)
        shop.deliver()

        assert ledger.balance(purchase.account) == 100

    def test_what_expired_is_let_go(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        self.lose(purchase)
        forget_events(shop)

        assert repair() == []
        assert not Purchase.objects.exists()

    @pytest.mark.parametrize(
        ("lose", "reason"),
        [
            ("price", "price price_"),
            ("plan_edited", "was edited since"),
            ("user", "is not known here"),
            ("number_given_out_again", "is someone else"),
        ],
    )
    def test_what_leaves_a_doubt_is_for_a_person(self, shop, lost, lose, reason):
        user = lost.account.user
        forget_events(shop)
        if lose == "price":
            PlanPrice.objects.all().delete()
        elif lose == "plan_edited":
            lost.plan.save()
            type(lost.plan).objects.update(updated_at=timezone.now() + timedelta(seconds=5))
        elif lose == "user":
            lost.account.user = None
            lost.account.save(update_fields=["user"])
            Customer.objects.filter(user=user).delete()
            user.emailaddress_set.all().delete()
            user.delete()
        else:
            user.date_joined = timezone.now() + timedelta(seconds=5)
            user.save()

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.UNKNOWN_OBJECT, False)
        assert reason in finding.reason
        assert not Purchase.objects.exists()


class TestPatience:
    def test_what_stripe_told_of_just_now_gets_a_moment(self, shop, settings):
        settings.BILLING_RECONCILE_PATIENCE = 2
        purchase = shop.open()
        shop.pay(purchase)
        findings = reconciliation.reconcile(run(), repair=False)
        settings.BILLING_RECONCILE_PATIENCE = 0.1

        found = {finding.kind for finding in findings}

        assert found >= {Kind.PAID_NOT_GRANTED, Kind.EVENT_NOT_TAKEN_IN}

    def test_what_arrives_in_that_moment_is_no_difference(self, shop, settings):
        settings.BILLING_RECONCILE_PATIENCE = 2
        purchase = shop.open()
        shop.pay(purchase)
        recent = list(reconciliation._differences(run()))  # noqa: SLF001

        shop.deliver()

        assert recent
        assert [list(difference.again()) for difference in recent] == [[]] * len(recent)
        assert all(run().is_recent(difference) for difference in recent)


class TestTrouble:
    def test_stripe_stopping_to_answer_ends_the_walk(self, shop):
        shop.sell()
        shop.stripe.switch(api_status=500, api_only="/v1/refunds")

        with pytest.raises(CommandError) as error:
            call_command("reconcile_stripe", stdout=io.StringIO())

        assert error.value.returncode == 2

    def test_an_object_that_nobody_understands_does_not_hide_the_others(self, shop):
        refund = shop.refund(shop.sell(), 400)

        page = reading.understood([{"id": 7}, refund, {**refund, "amount": -1}], RefundObject.read)

        assert [one.id for one in page] == [refund["id"]]


class TestCommand:
    @staticmethod
    def run(*args):
        out = io.StringIO()
        code: str | int | None = 0
        try:
            call_command("reconcile_stripe", *args, stdout=out)
        except SystemExit as end:
            code = end.code
        return code, out.getvalue().splitlines()

    def test_is_silent_when_nothing_differs(self, shop):
        shop.sell()

        code, lines = self.run()

        assert code == 0
        assert len(lines) == 1
        assert "1 sessions" in lines[0]
        assert "0 found" in lines[0]

    @pytest.mark.parametrize("args", [[], ["--dry-run"], ["--repair", "--dry-run"]], ids=str)
    def test_tells_and_changes_nothing(self, shop, args):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)

        code, lines = self.run(*args)

        assert code == 1
        assert lines[0] == (
            f"paid but not granted: {purchase.stripe_session_id}: 1000 usd,"
            f" purchase {purchase.uuid} is open"
        )
        assert ledger.balance(purchase.account) == 0

    def test_repairs_when_told_to(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)

        code, lines = self.run("--repair")

        assert code == 0
        assert lines[0].endswith("is open [repaired]")
        assert ledger.balance(purchase.account) == 100
        assert self.run()[0] == 0

    @pytest.mark.parametrize("since", ["90m", "36h", "4d", "2026-01-01", "2026-01-01T08:00+02:00"])
    def test_takes_times_as_people_write_them(self, shop, since):
        assert self.run(f"--since={since}")[0] == 0

    @pytest.mark.parametrize("since", ["", "yesterday", "4w", "2026-13-01", "-4d"])
    def test_says_when_it_does_not_understand_one(self, shop, since):
        with pytest.raises(CommandError, match="is neither a time"):
            self.run(f"--since={since}")


class TestTasks:
    def test_reconcile_breaks_off_while_stripe_is_down(self, shop):
        shop.stripe.switch(api_down=True)

        assert jobs.reconcile() == 0

    def test_reconcile_repairs(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        assert jobs.reconcile() == 0
        assert ledger.balance(purchase.account) == 100

    def test_reconcile_all_reaches_further_back(self, shop, settings):
        settings.BILLING_RECONCILE_DAYS = 0
        purchase = shop.open()
        shop.pay(purchase)

        assert jobs.reconcile_all() == 0
        assert ledger.balance(purchase.account) == 100

    @pytest.fixture
    def unknown(self, shop):
        """A refund whose answer never came, two minutes ago."""
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)
        refund = refunds.request(
            purchase=purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.switch(api_down=False)
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=2))
        return refund

    def test_resolve_refunds_sends_them_at_last(self, shop, unknown):
        assert jobs.resolve_refunds() == 1

        unknown.refresh_from_db()
        assert unknown.status == Refund.Status.SUCCEEDED

    def test_resolve_refunds_leaves_them_while_stripe_is_down(self, shop, unknown):
        shop.stripe.switch(api_down=True)

        assert jobs.resolve_refunds() == 0

        unknown.refresh_from_db()
        assert unknown.status == Refund.Status.REQUESTED

    def test_resolve_refunds_does_not_touch_one_that_is_being_answered(self, shop, unknown):
        Refund.objects.update(created_at=timezone.now())

        assert jobs.resolve_refunds() == 0
