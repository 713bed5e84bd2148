"""A paid session becomes credits, once; everything else becomes words for staff."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from billing import fulfilment, stripe_gateway, wording
from billing.models import CreditPlan, Payment, Purchase, StripeEvent
from credits import ledger
from credits.models import Lot
from tests.billing.waiting import in_a_thread, until_it_waits_for_a_lock
from tests.shop import promised
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.test_discounting import make_code

pytestmark = pytest.mark.django_db


def session_of(purchase):
    return stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)


@pytest.fixture
def paid(shop):
    """A purchase that was paid, of which the site has not heard, and its session."""
    purchase = shop.open()
    shop.pay(purchase)
    return purchase, session_of(purchase)


class TestFulfil:
    def test_grants_what_the_purchase_promised(self, shop):
        purchase = shop.open(plan=shop.plan(credits=100, bonus_credits=20))
        shop.pay(purchase)

        fulfilment.fulfil(session_of(purchase))

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert purchase.lot.granted == 120
        assert purchase.lot.source == f"purchase:{purchase.uuid}"
        assert purchase.lot.kind == Lot.Kind.PURCHASE
        assert purchase.payment.amount_received == 1000
        assert ledger.balance(purchase.account) == 120

    def test_grants_once_however_often_it_is_called(self, paid):
        purchase, session = paid

        fulfilment.fulfil(session)
        purchase.refresh_from_db()
        paid_at = purchase.paid_at
        for _ in range(2):
            fulfilment.fulfil(session)

        purchase.refresh_from_db()
        assert purchase.paid_at == paid_at
        assert ledger.balance(purchase.account) == 100

    def test_counts_the_validity_from_the_payment(self, shop):
        purchase = shop.open(plan=shop.plan(valid_for_days=30))
        shop.pay(purchase)

        fulfilment.fulfil(session_of(purchase))

        purchase.refresh_from_db()
        assert purchase.lot.expires_at == purchase.paid_at + timedelta(days=30)

    def test_keeps_to_the_snapshot_when_the_plan_was_changed_or_switched_off(self, paid):
        purchase, session = paid
        CreditPlan.objects.filter(pk=purchase.plan_id).update(credits=5, is_active=False)

        fulfilment.fulfil(session)

        assert ledger.balance(purchase.account) == 100

    def test_grants_nothing_for_a_session_that_is_open(self, shop):
        purchase = shop.open()

        outcome = fulfilment.fulfil(session_of(purchase))

        purchase.refresh_from_db()
        assert outcome.state == StripeEvent.State.PROCESSED
        assert purchase.status == Purchase.Status.OPEN
        assert ledger.balance(purchase.account) == 0

    def test_waits_for_a_bank_debit(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")

        fulfilment.fulfil(session_of(purchase))

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PROCESSING
        assert ledger.balance(purchase.account) == 0

    def test_finds_the_purchase_by_its_uuid_when_we_crashed_before_noting_the_session(
        self, shop, paid
    ):
        purchase, session = paid
        unnoted = Purchase.objects.create(**promised(purchase, problem="No answer."))

        outcome = fulfilment.fulfil(
            replace(session, id="cs_test_unnoted", purchase_uuid=str(unnoted.uuid))
        )

        unnoted.refresh_from_db()
        assert outcome.state == StripeEvent.State.PROCESSED
        assert unnoted.status == Purchase.Status.PAID
        assert unnoted.stripe_session_id == "cs_test_unnoted"

    @pytest.mark.parametrize("uuid", [None, "", "7", "not a uuid", "0" * 32])
    def test_ignores_a_session_that_is_not_ours(self, paid, uuid):
        _, session = paid

        outcome = fulfilment.fulfil(replace(session, id="cs_test_other", purchase_uuid=uuid))

        assert outcome.state == StripeEvent.State.IGNORED

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"amount_subtotal": 1}, "amount_subtotal is 1"),
            ({"currency": "eur"}, "currency is eur"),
            ({"livemode": True}, "livemode is True"),
            ({"mode": "subscription"}, "mode is subscription"),
            ({"id": "cs_test_second"}, "second session cs_test_second"),
            ({"payment_status": "no_payment_required"}, "takes no promotion codes"),
            ({"payment_intent_id": None}, "names no payment"),
        ],
    )
    def test_sets_aside_what_does_not_fit_and_grants_nothing(self, paid, change, reason):
        purchase, session = paid

        outcome = fulfilment.fulfil(replace(session, **change))

        purchase.refresh_from_db()
        assert outcome.state == StripeEvent.State.QUARANTINED
        assert reason in wording.say(outcome.reason)
        assert reason in purchase.why
        assert ledger.balance(purchase.account) == 0

    def test_sets_aside_a_payment_that_paid_for_another_purchase(self, shop):
        sold = shop.sell()
        purchase = shop.open()
        shop.pay(purchase)
        session = session_of(purchase)

        outcome = fulfilment.fulfil(
            replace(session, payment_intent_id=sold.payment.stripe_payment_intent_id)
        )

        assert outcome.is_quarantined
        assert "already paid for another" in wording.say(outcome.reason)
        assert ledger.balance(purchase.account) == 0

    def test_sets_aside_a_payment_known_in_another_currency(self, paid):
        purchase, session = paid
        Payment.objects.create(
            stripe_payment_intent_id=session.payment_intent_id, livemode=False, currency="eur"
        )

        outcome = fulfilment.fulfil(session)

        assert outcome.is_quarantined
        assert ledger.balance(purchase.account) == 0

    def test_sets_aside_a_purchase_whose_buyer_is_gone(self, paid):
        purchase, session = paid
        purchase.account.user = None
        purchase.account.save()

        assert fulfilment.fulfil(session).is_quarantined
        assert ledger.balance(purchase.account) == 0

    def test_knows_what_was_paid_after_a_discount(self, shop):
        purchase = shop.open(plan=shop.plan(unit_amount=1000, allow_promotion_codes=True))
        make_code(make_client(shop.stripe), code="HALF", percent_off=50)
        shop.stripe.pay(purchase.stripe_session_id, promotion_code="HALF")

        fulfilment.fulfil(session_of(purchase))

        purchase.refresh_from_db()
        assert purchase.payment.amount_received == 500
        assert ledger.balance(purchase.account) == 100

    def test_grants_a_free_one_where_the_plan_takes_promotion_codes(self, shop):
        purchase = shop.open(plan=shop.plan(allow_promotion_codes=True))
        session = replace(
            session_of(purchase),
            status="complete",
            payment_status="no_payment_required",
            amount_discount=1000,
            amount_total=0,
        )

        fulfilment.fulfil(session)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert purchase.payment is None


class TestClose:
    def test_expires_what_was_not_paid(self, shop):
        purchase = shop.open()
        session = session_of(purchase)

        fulfilment.close(session, status=Purchase.Status.EXPIRED)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED
        assert purchase.checkout_url == ""
        assert purchase.opened_at <= purchase.closed_at <= timezone.now()

    def test_sets_aside_a_failure_after_the_grant_and_takes_nothing(self, paid):
        purchase, session = paid
        fulfilment.fulfil(session)

        outcome = fulfilment.close(session, status=Purchase.Status.FAILED)

        purchase.refresh_from_db()
        assert outcome.is_quarantined
        assert purchase.status == Purchase.Status.PAID
        assert ledger.balance(purchase.account) == 100

    def test_money_that_came_after_all_is_believed(self, paid):
        purchase, session = paid
        fulfilment.close(session, status=Purchase.Status.FAILED, problem="The bank did not pay.")

        fulfilment.fulfil(session)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert (purchase.closed_at, purchase.problem) == (None, "")
        assert ledger.balance(purchase.account) == 100


class TestRefresh:
    def test_fulfils_a_paid_purchase_that_no_webhook_told_of(self, paid):
        purchase, _ = paid

        purchase = fulfilment.refresh(purchase)

        assert purchase.status == Purchase.Status.PAID

    def test_closes_one_that_expired(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)

        purchase = fulfilment.refresh(purchase)

        assert purchase.status == Purchase.Status.EXPIRED

    def test_closes_one_whose_page_stripe_has_no_more(self, shop):
        purchase = shop.open()
        shop.stripe.reset()

        purchase = fulfilment.refresh(purchase)

        assert purchase.status == Purchase.Status.EXPIRED
        assert purchase.checkout_url == ""

    def test_leaves_one_of_the_other_mode(self, shop, settings):
        purchase = shop.open()
        shop.stripe.reset()
        settings.STRIPE_LIVE_MODE = True

        with pytest.raises(stripe_gateway.GatewayMissing):
            fulfilment.refresh(purchase)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN

    def test_asks_nobody_about_one_that_is_paid(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)

        assert fulfilment.refresh(purchase).status == Purchase.Status.PAID

    def test_changes_nothing_while_stripe_is_down(self, shop, paid):
        purchase, _ = paid
        shop.stripe.switch(api_down=True)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            fulfilment.refresh(purchase)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
        assert purchase.opened_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_session_that_is_closed_while_its_credits_are_granted_is_set_aside(self, paid):
        purchase, session = paid

        closing = partial(fulfilment.close, session, status=Purchase.Status.EXPIRED)
        with in_a_thread(closing) as later, transaction.atomic():
            fulfilment.fulfil(session)
            later.start()
            until_it_waits_for_a_lock(later)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert later.result.is_quarantined
