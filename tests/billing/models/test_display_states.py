"""Where a purchase stands: for its buyer, in the list of staff, and for whoever filters it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from billing.models import DisplayState, Dispute, Purchase, StripeEvent
from billing.models.display_states import standing_at, with_display_state
from billing.staff import quarantine
from billing.stripe_gateway import GatewayUnavailable
from billing.topups import falls
from tests.billing.topups import factories as topups
from tests.credits.factories import make_spend
from tests.people import make_user
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


def not_started(shop):
    plan = shop.plan()
    shop.stripe.switch(api_down=True)
    with pytest.raises(GatewayUnavailable):
        shop.open(plan=plan)
    return Purchase.objects.latest("pk")


def never_begun(shop):
    purchase = not_started(shop)
    Purchase.objects.filter(pk=purchase.pk).update(
        session_expires_at=timezone.now() - timedelta(seconds=1)
    )
    return purchase


def waiting(shop):
    return shop.open()


def charging(shop):
    return topups.queued(shop).purchase


def processing(shop):
    purchase = shop.open()
    shop.pay(purchase, "debit_clears")
    shop.deliver()
    return purchase


def checking(shop):
    purchase = shop.open()
    shop.pay(purchase)
    event = shop.event("checkout.session.completed")
    event["data"]["object"]["amount_subtotal"] += 1
    shop.deliver(event)
    return purchase


def contradictory(shop):
    purchase = shop.open()
    Purchase.objects.filter(pk=purchase.pk).update(problem="Another amount was paid.")
    return purchase


def contradictory_after_its_end(shop):
    purchase = expired(shop)
    Purchase.objects.filter(pk=purchase.pk).update(problem="Another amount was paid.")
    return purchase


def failed_with_a_reason(shop):
    purchase = failed(shop)
    purchase.refresh_from_db()
    assert purchase.problem
    return purchase


def charged_though_it_failed(shop):
    purchase = topups.queued(shop).purchase
    Purchase.objects.filter(pk=purchase.pk).update(
        status=Purchase.Status.FAILED, problem="Another amount was charged."
    )
    return purchase


def given_up(shop):
    topup = topups.queued(shop)
    topup.status, topup.is_counted, topup.closed_at = "failed", False, timezone.now()
    topup.save()
    Purchase.objects.filter(pk=topup.purchase_id).update(
        status=Purchase.Status.FAILED, problem="The card was declined."
    )
    return topup.purchase


def paid(shop):
    return shop.sell()


def partly_refunded(shop):
    purchase = shop.sell()
    shop.refund(purchase, 300)
    shop.deliver()
    return purchase


def refunded(shop):
    purchase = shop.sell()
    shop.refund(purchase)
    shop.deliver()
    return purchase


def disputed(shop, **kwargs):
    purchase = shop.sell()
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, **kwargs)
    shop.deliver()
    return purchase


def disputed_in_part_after_a_refund(shop):
    purchase = partly_refunded(shop)
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, amount=200)
    shop.deliver()
    return purchase


def asked_about(shop):
    return disputed(shop, inquiry=True)


def decided(shop, verdict):
    purchase = disputed(shop)
    getattr(shop.stripe, verdict)(Dispute.objects.latest("pk").stripe_dispute_id)
    shop.deliver()
    return purchase


def won(shop):
    return decided(shop, "win")


def lost(shop):
    return decided(shop, "lose")


def on_hold(shop, *, spent=0):
    purchase = shop.sell()
    if spent:
        make_spend(account=purchase.account, credits=spent)
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    with override_settings(BILLING_FRAUD_HOLD=True):
        shop.deliver()
    return purchase


def on_hold_and_half_used(shop):
    return on_hold(shop, spent=50)


def refunded_while_on_hold(shop):
    purchase = on_hold(shop)
    shop.refund(purchase)
    shop.deliver()
    return purchase


def disputed_while_on_hold(shop):
    purchase = on_hold(shop)
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return purchase


def disputed_in_a_word_of_tomorrow(shop):
    purchase = disputed(shop)
    Dispute.objects.update(status="at_the_oracle")
    return purchase


def asked_in_a_word_of_tomorrow(shop):
    purchase = asked_about(shop)
    Dispute.objects.update(status="warning_at_the_oracle")
    return purchase


def expired(shop):
    purchase = shop.open()
    shop.stripe.expire(purchase.stripe_session_id)
    shop.deliver()
    return purchase


def failed(shop):
    purchase = shop.open()
    payment = shop.pay(purchase, "debit_fails")
    shop.deliver()
    shop.stripe.settle_debit(payment["payment_intent"])
    shop.deliver()
    return purchase


def resolved(shop, decide):
    purchase = checking(shop)
    decide(event=StripeEvent.objects.get(), reason="Looked at", by=make_colleague("Refunds"))
    return purchase


def sent_back(shop):
    return resolved(shop, quarantine.refund)


def closed(shop):
    return resolved(shop, quarantine.dismiss)


WAYS = {
    not_started: DisplayState.NOT_STARTED,
    never_begun: DisplayState.EXPIRED,
    waiting: DisplayState.WAITING,
    charging: DisplayState.CHARGING,
    processing: DisplayState.PROCESSING,
    checking: DisplayState.CHECKING,
    contradictory: DisplayState.CHECKING,
    contradictory_after_its_end: DisplayState.CHECKING,
    failed_with_a_reason: DisplayState.FAILED,
    charged_though_it_failed: DisplayState.CHECKING,
    given_up: DisplayState.FAILED,
    paid: DisplayState.PAID,
    partly_refunded: DisplayState.PARTLY_REFUNDED,
    refunded: DisplayState.REFUNDED,
    disputed: DisplayState.DISPUTED,
    disputed_in_part_after_a_refund: DisplayState.DISPUTED,
    asked_about: DisplayState.PAID,
    won: DisplayState.PAID,
    lost: DisplayState.REFUNDED,
    on_hold: DisplayState.ON_HOLD,
    on_hold_and_half_used: DisplayState.ON_HOLD,
    refunded_while_on_hold: DisplayState.REFUNDED,
    disputed_while_on_hold: DisplayState.DISPUTED,
    disputed_in_a_word_of_tomorrow: DisplayState.DISPUTED,
    asked_in_a_word_of_tomorrow: DisplayState.PAID,
    expired: DisplayState.EXPIRED,
    sent_back: DisplayState.SENT_BACK,
    closed: DisplayState.CLOSED,
}


@pytest.fixture(autouse=True)
def _top_ups(settings):
    settings.BILLING_TOP_UPS = True
    falls.forget_thresholds()


def test_every_state_is_reached():
    assert set(WAYS.values()) == set(DisplayState)


@pytest.mark.parametrize(("way", "state"), WAYS.items(), ids=lambda it: getattr(it, "__name__", it))
class TestDisplayState:
    def test_is_told_alike_to_the_buyer_and_to_staff(self, shop, way, state):
        purchase = way(shop)
        shop.stripe.switch(api_down=True)  # the buyer's page may not ask again
        client = log_in(make_colleague("Support"))

        told: Any = with_display_state(Purchase.objects.all(), at=timezone.now()).get(
            pk=purchase.pk
        )
        own = log_in(purchase.account.user).get(reverse("billing:purchase", args=[purchase.uuid]))
        listed = {
            value: [row.pk for row in answer.context["cl"].result_list]
            for value in DisplayState.values
            if (answer := client.get(page(Purchase), {"state": value}))
        }

        assert told.display_state == state.value
        assert own.context["badge"] == state
        alike = {each.value for each in DisplayState if each.label == state.label}
        assert {value for value, found in listed.items() if purchase.pk in found} == alike
        assert str(state.label) in client.get(page(Purchase, "change", purchase.pk)).text


class TestStandingAt:
    def test_finds_the_disputed_without_reading_every_purchase(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = standing_at(
                Purchase.objects.order_by("-pk"), [DisplayState.DISPUTED], at=timezone.now()
            ).explain()

        assert "billing_dispute" in plan
        assert "Seq Scan on billing_purchase" not in plan

    def test_keeps_apart_what_stands_elsewhere(self, shop):
        first, second = paid(shop), refunded(shop)
        shop.open(user=make_user())

        at = timezone.now()

        assert standing_at(Purchase.objects.all(), [DisplayState.PAID], at=at).get() == first
        assert standing_at(Purchase.objects.all(), [DisplayState.REFUNDED], at=at).get() == second
