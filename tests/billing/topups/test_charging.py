"""From a balance that has fallen to a purchase that is paid, or to what follows from a refusal."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import CreditPlan, Dispute, OutgoingMail, Payment, Purchase, TopUp, TopUpMonth
from billing.staff import fraud
from billing.topups import cards, charging, falls, rules
from credits import ledger
from tests.billing.topups.factories import (
    change_card,
    charged,
    charges,
    queued,
    save_card,
    spend,
    switch_on,
)
from tests.credits.factories import make_lot
from tests.people import make_staff
from tests.staff import log_in

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of a plan of 100 credits that are valid for 365 days.
LESS = [{"credits": 99}, {"valid_for_days": 364}, {"credits": 200, "valid_for_days": 30}]
CREATE = "POST /v1/payment_intents"


def mails():
    return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))


def month():
    return TopUpMonth.objects.get().charged


class TestCharge:
    def test_buys_what_the_rule_says(self, shop):
        topup = charged(shop)

        purchase = topup.purchase
        assert (topup.status, purchase.status) == ("paid", Purchase.Status.PAID)
        assert ledger.balance(topup.account) == 40 + 100
        assert purchase.payment.stripe_payment_intent_id == topup.stripe_payment_intent_id
        assert purchase.payment.stripe_charge_id.startswith("ch_")
        assert (purchase.payment.amount_received, month()) == (1000, 1000)
        assert mails() == ["topup_charged"]

    def test_grants_before_any_webhook_comes(self, shop):
        topup = queued(shop)

        charging.charge_due()

        assert ledger.balance(topup.account) == 140
        shop.deliver()
        assert ledger.balance(topup.account) == 140

    def test_is_granted_by_the_webhook_where_the_process_died(self, shop):
        topup = queued(shop)
        attempt = charging._claim(topup.pk, at=timezone.now())  # noqa: SLF001 - dies after this
        assert isinstance(attempt, charging.Attempt)
        charging._charge(attempt)  # noqa: SLF001

        shop.deliver()

        topup.refresh_from_db()
        assert topup.status == "paid"
        assert ledger.balance(topup.account) == 140

    def test_names_the_purchase_and_its_buyer_at_stripe(self, shop):
        topup = charged(shop)

        (call,) = shop.stripe.calls("POST", "/v1/payment_intents")
        intent = call["response"]
        assert call["headers"]["Idempotency-Key"] == f"topup:{topup.purchase.uuid}"
        assert intent["metadata"] == {
            "purchase_id": str(topup.purchase.uuid),
            "user_id": str(topup.account.user_id),
            "price_id": topup.purchase.plan_price.stripe_price_id,
            "kind": "topup",
        }

    def test_does_nothing_before_it_is_due(self, shop):
        topup = queued(shop)
        TopUp.objects.filter(pk=topup.pk).update(due_at=timezone.now() + HOUR)

        charging.charge_due()

        assert not charges(shop)

    def test_waits_where_stripe_does_not_take_the_key(self, shop, settings):
        topup = queued(shop)
        settings.STRIPE_SECRET_KEY = "sk_live_" + "0" * 24
        settings.STRIPE_LIVE_MODE = False

        charging.charge_due()

        topup.refresh_from_db()
        assert (topup.status, topup.rule.is_on) == ("charging", True)


class TestLostAnswer:
    def lose(self, shop, **switches):
        shop.stripe.switch(api_times=1, api_only=CREATE, **switches)

    def again(self, topup):
        charging.charge_due(at=timezone.now() + charging.patience())
        topup.refresh_from_db()

    def test_is_found_by_the_purchases_uuid(self, shop, settings):
        settings.STRIPE_TIMEOUT = 1
        topup = queued(shop)
        self.lose(shop, api_hang_after_effect=0.01)
        charging.charge_due()
        unknown = TopUp.objects.get(pk=topup.pk).status

        self.again(topup)

        assert (unknown, topup.status) == ("charging", "paid")
        assert len(shop.stripe.calls("POST", "/v1/payment_intents")) == 1
        assert len(charges(shop)) == 1

    def test_is_looked_for_before_it_is_asked_for_again(self, shop):
        topup = queued(shop)
        self.lose(shop, api_down=True)
        charging.charge_due()

        self.again(topup)

        paths = [
            (call["method"], call["path"])
            for call in shop.stripe.traffic
            if call["path"] == "/v1/payment_intents"
        ]
        assert paths == [("GET", "/v1/payment_intents"), ("POST", "/v1/payment_intents")]
        assert topup.status == "paid"

    def test_is_not_asked_for_again_after_the_rule_was_switched_off(self, shop):
        topup = queued(shop)
        self.lose(shop, api_down=True)
        charging.charge_due()
        rules.switch_off_for(topup.account.user)

        self.again(topup)

        assert (topup.status, topup.purchase.status) == ("canceled", "expired")
        assert not charges(shop)
        assert month() == 0

    def test_counts_where_the_card_was_charged_before_the_rule_was_switched_off(self, shop):
        topup = queued(shop)
        self.lose(shop, api_hang_after_effect=0.01)
        charging.charge_due()
        rules.switch_off_for(topup.account.user)

        self.again(topup)

        assert topup.status == "paid"
        assert ledger.balance(topup.account) == 140

    def test_of_a_decline_is_a_decline(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        self.lose(shop, api_hang_after_effect=0.01)
        charging.charge_due()

        self.again(topup)

        assert (topup.status, topup.decline_code) == ("waiting", "generic_decline")

    def test_of_a_second_attempt_is_asked_for_with_its_key(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        change_card(shop, topup.rule, "visa")
        self.lose(shop, api_hang_after_effect=0.01)
        charging.charge_due(at=timezone.now() + HOUR)

        charging.charge_due(at=timezone.now() + HOUR + charging.patience())

        topup.refresh_from_db()
        assert topup.status == "paid"
        assert len(charges(shop)) == 1

    def test_is_nobodys_where_somebody_is_still_waiting_for_it(self, shop):
        topup = queued(shop)
        self.lose(shop, api_down=True)
        charging.charge_due()

        charging.charge_due()

        topup.refresh_from_db()
        assert topup.attempts == 1
        assert not charges(shop)


class TestDecline:
    def test_waits_an_hour_then_a_day_then_switches_off(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        began = timezone.now()
        seen = []

        for at in (began, began + HOUR, began + HOUR + DAY):
            charging.charge_due(at=at + timedelta(minutes=1))
            topup.refresh_from_db()
            seen.append((topup.status, topup.attempts))
        charging.charge_due(at=began + 30 * DAY)

        topup.rule.refresh_from_db()
        assert seen == [("waiting", 1), ("waiting", 2), ("failed", 3)]
        assert (topup.rule.is_on, topup.rule.off_reason) == (False, "declined")
        assert topup.purchase.status == Purchase.Status.FAILED
        assert mails() == ["topup_failed", "topup_off"]
        assert month() == 0

    def test_is_not_tried_again_before_its_time(self, shop):
        queued(shop, card="chargeCustomerFail")
        began = timezone.now()
        charging.charge_due(at=began)

        charging.charge_due(at=began + timedelta(minutes=59))

        assert len(shop.stripe.events("charge.failed")) == 1

    def test_is_one_payment_however_often_it_is_tried(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        change_card(shop, topup.rule, "visa")

        charging.charge_due(at=timezone.now() + HOUR)

        assert len(shop.stripe.events("payment_intent.created")) == 1
        assert ledger.balance(topup.account) == 140

    def test_is_canceled_at_stripe_in_the_end(self, shop):
        topup = queued(shop, card="authenticationRequired")

        charging.charge_due()

        (event,) = shop.stripe.events("payment_intent.canceled")
        topup.refresh_from_db()
        assert event["data"]["object"]["id"] == topup.stripe_payment_intent_id

    def test_is_tried_at_once_with_a_new_card(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()

        save_card(shop, topup.account.user)
        charging.charge_due()

        topup.refresh_from_db()
        assert topup.status == "paid"

    def test_of_an_expired_card_switches_off_at_once(self, shop):
        topup = queued(shop)
        change_card(shop, topup.rule, "chargeDeclinedExpiredCard")

        charging.charge_due()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "expired"
        assert mails() == ["topup_off"]

    def test_that_stripe_calls_final_switches_off_at_once(self, shop):
        topup = queued(shop)
        change_card(shop, topup.rule, "chargeDeclinedLostCard")

        charging.charge_due()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "declined"

    def test_is_not_tried_again_once_the_person_has_switched_it_off(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        rules.switch_off_for(topup.account.user)

        charging.charge_due(at=timezone.now() + HOUR)

        topup.refresh_from_db()
        assert topup.status == "canceled"
        assert len(shop.stripe.events("charge.failed")) == 1
        assert mails() == ["topup_failed"]


class TestAuthentication:
    def test_is_mailed_and_leaves_the_rule_on(self, shop):
        topup = queued(shop, card="authenticationRequired")

        charging.charge_due()

        topup.refresh_from_db()
        assert (topup.status, topup.decline_code) == ("failed", "authentication_required")
        assert topup.rule.is_on
        assert mails() == ["topup_authentication"]
        assert month() == 0

    def test_is_asked_for_once_a_fall(self, shop):
        topup = queued(shop, card="authenticationRequired")
        charging.charge_due()

        falls.sweep()

        assert list(TopUp.objects.all()) == [topup]


class TestSwitchedOff:
    def test_charges_nothing_that_was_queued(self, shop):
        topup = queued(shop)
        rules.switch_off_for(topup.account.user)

        charging.charge_due()

        topup.refresh_from_db()
        assert topup.status == "canceled"
        assert not shop.stripe.calls("POST", "/v1/payment_intents")
        assert month() == 0

    def test_by_removing_the_card_charges_nothing(self, shop):
        topup = queued(shop)
        cards.remove(user=topup.account.user)

        charging.charge_due()

        topup.refresh_from_db()
        assert topup.status == "canceled"
        assert not charges(shop)

    def test_by_a_card_that_was_removed_at_stripe(self, shop):
        topup = queued(shop)
        shop.stripe.detach_card(topup.card.stripe_payment_method_id)

        charging.charge_due()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "removed"
        assert mails() == ["topup_off"]
        assert not charges(shop)

    def test_by_a_price_that_went_off_sale(self, shop):
        topup = queued(shop)
        topup.purchase.plan.prices.update(is_active=False)

        charging.charge_due()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "price"
        assert not charges(shop)

    @pytest.mark.parametrize("change", LESS, ids=str)
    def test_by_a_plan_that_gives_less_while_it_is_queued(self, shop, change):
        topup = queued(shop, plan=shop.plan(valid_for_days=365))
        CreditPlan.objects.update(**change)

        charging.charge_due()

        topup.refresh_from_db()
        topup.rule.refresh_from_db()
        assert (topup.status, topup.rule.off_reason) == ("canceled", "plan")
        assert mails() == ["topup_off"]
        assert not shop.stripe.calls("POST", "/v1/payment_intents")
        assert month() == 0

    def test_by_a_plan_that_gives_less_while_a_declined_card_waits(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        change_card(shop, topup.rule, "visa")
        CreditPlan.objects.update(credits=99)

        charging.charge_due(at=timezone.now() + HOUR)

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "plan"
        assert not charges(shop)

    def test_by_a_plan_that_gives_less_while_stripe_charges_grants_what_was_agreed_to(self, shop):
        topup = queued(shop)
        attempt = charging._claim(topup.pk, at=timezone.now())  # noqa: SLF001 - the answer comes later
        assert isinstance(attempt, charging.Attempt)
        CreditPlan.objects.update(credits=1)
        charging._charge(attempt)  # noqa: SLF001

        shop.deliver()

        assert ledger.balance(topup.account) == 140

    def test_is_a_new_consent_where_it_is_switched_on_again(self, shop):
        topup = queued(shop)
        user, plan = topup.account.user, topup.purchase.plan
        rules.switch_off_for(user)
        rule = switch_on(shop, user=user, plan=plan, credits=0)

        charging.charge_due()
        falls.sweep()
        charging.charge_due()

        assert rule.consent_id != topup.consent_id
        assert list(TopUp.objects.order_by("pk").values_list("status", flat=True)) == [
            "canceled",
            "paid",
        ]
        assert len(charges(shop)) == 1


class TestOnHold:
    """A bank warns of a payment of theirs, after a top-up was queued."""

    @pytest.fixture(autouse=True)
    def _on(self, settings):
        settings.BILLING_FRAUD_HOLD = True

    @pytest.fixture
    def bought(self, shop):
        return shop.sell()

    def queued(self, shop, bought, *, spent=60):
        return queued(shop, user=bought.account.user, credits=0, spent=spent)

    def warn(self, shop, bought):
        shop.stripe.warn(bought.payment.stripe_payment_intent_id)
        shop.deliver()

    def dismiss(self, bought):
        fraud.dismiss(payment=bought.payment, reason="Known customer", by=make_staff())

    def test_nothing_is_charged_until_staff_have_decided(self, shop, bought):
        topup = self.queued(shop, bought)
        self.warn(shop, bought)

        for days in range(3):
            charging.charge_due(at=timezone.now() + days * DAY)

        topup.refresh_from_db()
        assert (topup.status, topup.attempts, len(charges(shop))) == ("queued", 0, 1)
        self.dismiss(bought)
        charging.charge_due(at=timezone.now() + 3 * DAY)
        topup.refresh_from_db()
        assert topup.status == "paid"
        assert ledger.balance(topup.account) == 140

    def test_nothing_is_charged_where_all_was_used_before_the_warning(self, shop, bought):
        topup = self.queued(shop, bought, spent=100)
        self.warn(shop, bought)
        assert Payment.objects.get(pk=bought.payment_id).fraud_held == 0

        charging.charge_due()

        topup.refresh_from_db()
        assert topup.status == "queued"

    def test_a_declined_card_is_not_tried_again(self, shop, bought):
        topup = self.queued(shop, bought)
        change_card(shop, topup.rule, "chargeCustomerFail")
        charging.charge_due()
        self.warn(shop, bought)

        charging.charge_due(at=timezone.now() + 2 * HOUR)

        topup.refresh_from_db()
        assert (topup.status, topup.attempts) == ("waiting", 1)
        assert len(shop.stripe.events("payment_intent.payment_failed")) == 1

    def test_what_was_sent_before_is_looked_for_and_granted(self, shop, bought):
        topup = self.queued(shop, bought)
        attempt = charging._claim(topup.pk, at=timezone.now())  # noqa: SLF001 - dies after this
        assert isinstance(attempt, charging.Attempt)
        charging._charge(attempt)  # noqa: SLF001
        shop.stripe.warn(bought.payment.stripe_payment_intent_id)
        shop.deliver(shop.event("radar.early_fraud_warning.created"))

        charging.charge_due(at=timezone.now() + HOUR)

        topup.refresh_from_db()
        assert topup.status == "paid"

    def test_what_never_arrived_waits_and_is_charged_once_thereafter(self, shop, bought):
        topup = self.queued(shop, bought)
        charging._claim(topup.pk, at=timezone.now())  # noqa: SLF001 - dies before it asks
        self.warn(shop, bought)

        charging.charge_due(at=timezone.now() + HOUR)
        topup.refresh_from_db()
        assert (topup.status, topup.is_open) == ("charging", True)
        assert not shop.stripe.calls("POST", "/v1/payment_intents")
        self.dismiss(bought)
        charging.charge_due(at=timezone.now() + 2 * HOUR)

        topup.refresh_from_db()
        assert topup.status == "paid"
        assert len(shop.stripe.calls("POST", "/v1/payment_intents")) == 1

    def test_what_its_customer_switches_off_is_called_off_all_the_same(self, shop, bought):
        topup = self.queued(shop, bought)
        self.warn(shop, bought)
        rules.switch_off_for(bought.account.user)

        charging.charge_due()

        topup.refresh_from_db()
        assert topup.status == "canceled"

    def test_the_page_says_why(self, shop, bought):
        topup = self.queued(shop, bought)
        self.warn(shop, bought)
        url = reverse("billing:purchase", args=[topup.purchase.uuid])

        text = log_in(bought.account.user).get(url).text

        assert "Nothing is charged while credits of yours are on hold" in text


class TestRisenMeanwhile:
    def test_charges_nothing_that_was_queued(self, shop):
        topup = queued(shop)
        make_lot(account=topup.account, credits=10)  # 50, the threshold

        charging.charge_due()

        topup.refresh_from_db()
        assert (topup.status, topup.rule.is_on) == ("canceled", True)
        assert not shop.stripe.calls("POST", "/v1/payment_intents")
        assert month() == 0

    def test_does_not_try_a_declined_card_again_and_cancels_at_stripe(self, shop):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        change_card(shop, topup.rule, "visa")
        make_lot(account=topup.account, credits=100)

        charging.charge_due(at=timezone.now() + HOUR)

        topup.refresh_from_db()
        (event,) = shop.stripe.events("payment_intent.canceled")
        assert topup.status == "canceled"
        assert event["data"]["object"]["id"] == topup.stripe_payment_intent_id
        assert not charges(shop)


class TestDispute:
    def test_of_a_top_up_switches_it_off(self, shop):
        topup = charged(shop)
        shop.stripe.dispute(topup.stripe_payment_intent_id)

        shop.deliver()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "dispute"
        assert ledger.balance(topup.account) == 40
        assert "topup_off" in mails()

    def test_that_nobody_has_told_of_is_seen_before_the_next_charge(self, shop):
        topup = charged(shop)
        intent = topup.stripe_payment_intent_id
        spend(topup.account, 100)
        falls.sweep()
        shop.stripe.dispute(intent, inquiry=True)
        Dispute.objects.create(
            payment=topup.purchase.payment,
            stripe_dispute_id="du_1",
            unit_amount=1000,
            currency="usd",
            status="warning_needs_response",
            as_of=timezone.now(),
        )

        charging.charge_due()

        topup.rule.refresh_from_db()
        assert topup.rule.off_reason == "dispute"
        assert len(charges(shop)) == 1


class TestNextMonth:
    def test_counts_where_it_is_charged(self, shop):
        topup = queued(shop, card="chargeCustomerFail", monthly_limit=1000)
        charging.charge_due()
        change_card(shop, topup.rule, "visa")
        later = topup.created_at + timedelta(days=32)

        charging.charge_due(at=later)

        topup.refresh_from_db()
        assert (topup.status, topup.month.month) == ("paid", later.month)
        assert sorted(TopUpMonth.objects.values_list("charged", flat=True)) == [0, 1000]
