"""What is left of a purchase that Stripe warns of, by a setting: on hold until somebody decides."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from billing.models import Dispute, FraudWarning, Payment, Purchase, Refund
from billing.reconciliation import payments as reconciliation
from billing.settlement import settling
from billing.staff import fraud
from billing.topups import falls
from billing.views import reasons
from credits import holds, ledger
from credits.models import CreditTransaction
from tests.billing.test_races import at_once, posting
from tests.billing.topups import factories as topups
from tests.credits.factories import make_spend
from tests.people import make_staff
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on(settings):
    settings.BILLING_FRAUD_HOLD = True


def warn(shop, purchase):
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return Payment.objects.get(pk=purchase.payment_id)


def dismiss(payment):
    return fraud.dismiss(payment=payment, reason="Known customer", by=make_staff())


def waiting():
    return list(Payment.objects.warned())


def lot_of(purchase):
    return Purchase.objects.select_related("lot").get(pk=purchase.pk).lot


class TestHold:
    def test_takes_what_is_left_and_leaves_no_shortfall(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=30)

        payment = warn(shop, purchase)

        assert ledger.balance(purchase.account) == 0
        assert payment.fraud_held == 70
        assert lot_of(purchase).shortfall == 0
        assert waiting() == [payment]

    def test_is_off_unless_it_is_set(self, shop, settings):
        del settings.BILLING_FRAUD_HOLD
        purchase = shop.sell()

        payment = warn(shop, purchase)

        assert ledger.balance(purchase.account) == 100
        assert (payment.fraud_held, payment.fraud_held_at) == (0, None)

    def test_touches_no_other_credits(self, shop):
        first = shop.sell()
        shop.sell(user=first.account.user)

        warn(shop, first)

        assert ledger.balance(first.account) == 100

    def test_ends_when_somebody_dismisses_the_warning(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=30)

        dismiss(warn(shop, purchase))

        payment = Payment.objects.get(pk=purchase.payment_id)
        assert ledger.balance(purchase.account) == 70
        assert payment.fraud_held == 0
        assert waiting() == []

    def test_says_why_in_the_history(self, shop):
        purchase = shop.sell()
        dismiss(warn(shop, purchase))

        newest = CreditTransaction.objects.order_by("-seq")[:2]
        said = reasons.causes(newest)
        assert [(one.amount, said[one.pk]) for one in newest] == [
            (100, "The warning of fraud was answered"),
            (-100, "On hold: a warning of fraud"),
        ]

    def test_is_made_once_however_often_the_warning_comes(self, shop):
        purchase = shop.sell()
        payment = warn(shop, purchase)
        dismiss(payment)
        event = shop.event("radar.early_fraud_warning.created")

        shop.deliver(event, event)
        settling.note(lambda payment: payment, of=payment)

        assert ledger.balance(purchase.account) == 100

    def test_of_a_warning_that_came_before_the_payment_is_known(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        intent = shop.event("payment_intent.succeeded")["data"]["object"]["id"]
        shop.stripe.warn(intent)

        shop.deliver(*reversed(shop.undelivered()))

        purchase.refresh_from_db()
        assert purchase.is_paid
        assert ledger.balance(purchase.account) == 0
        assert purchase.payment.fraud_held == 100

    def test_of_a_part_that_was_refunded_counts_what_is_paid_for(self, shop):
        purchase = shop.sell()
        warn(shop, purchase)
        shop.refund(purchase, 300)
        shop.deliver()

        payment = Payment.objects.get(pk=purchase.payment_id)
        assert payment.fraud_held == 70
        dismiss(payment)
        assert ledger.balance(purchase.account) == 70

    def test_is_over_once_all_of_the_money_has_gone_back(self, shop):
        purchase = shop.sell()
        warn(shop, purchase)
        shop.refund(purchase)
        shop.deliver()

        assert Payment.objects.get(pk=purchase.payment_id).fraud_held == 0
        assert waiting() == []
        assert lot_of(purchase).shortfall == 0

    def test_stands_again_where_the_refund_fails(self, shop):
        purchase = shop.sell()
        payment = warn(shop, purchase)
        refund = shop.refund(purchase, status="succeeded", becomes="failed")
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        assert ledger.balance(purchase.account) == 0
        assert Payment.objects.get(pk=payment.pk).fraud_held == 100
        assert waiting() == [payment]

    def test_outlasts_a_dispute_that_was_won(self, shop):
        purchase = shop.sell()
        payment = warn(shop, purchase)
        dispute = shop.stripe.dispute(payment.stripe_payment_intent_id)
        shop.deliver()
        assert waiting() == []  # the bank has all of the money
        shop.stripe.win(dispute["id"])
        shop.deliver()

        assert ledger.balance(purchase.account) == 0
        assert waiting() == [payment]
        dismiss(payment)
        assert ledger.balance(purchase.account) == 100

    def test_outlasts_an_inquiry_and_is_listed_once(self, shop):
        purchase = shop.sell()
        payment = warn(shop, purchase)
        for _again in range(2):
            shop.stripe.dispute(payment.stripe_payment_intent_id, 200, inquiry=True)
        shop.deliver()

        assert Dispute.objects.count() == 2
        assert waiting() == [payment]

    def test_leaves_what_a_job_reserved_and_takes_what_it_gives_back(self, shop):
        purchase = shop.sell()
        hold = holds.hold(account=purchase.account, credits=40, key="job")
        payment = warn(shop, purchase)
        assert payment.fraud_held == 60
        holds.release(hold=hold)
        assert ledger.balance(purchase.account) == 40

        [difference] = reconciliation._of(  # noqa: SLF001
            Payment.objects.select_related("purchase__lot").get(pk=payment.pk)
        )
        assert difference.repair
        difference.repair()

        assert ledger.balance(purchase.account) == 0
        assert Payment.objects.get(pk=payment.pk).fraud_held == 100

    def test_lets_no_saved_card_be_charged_by_itself(self, shop, settings):
        settings.BILLING_TOP_UPS = True
        falls.forget_thresholds()
        purchase = shop.sell()
        topups.switch_on(shop, user=purchase.account.user, credits=0)
        payment = warn(shop, purchase)

        assert ledger.balance(purchase.account) < 50
        assert falls.sweep() == 0
        dismiss(payment)
        make_spend(account=purchase.account, credits=60)
        assert falls.sweep() == 1

    def test_is_no_difference_to_reconciliation(self, shop):
        payment = warn(shop, shop.sell())

        of_it = Payment.objects.select_related("purchase__lot").get(pk=payment.pk)
        assert list(reconciliation._of(of_it)) == []  # noqa: SLF001

    def test_payment_on_hold_since_its_warning(self, shop):
        payment = shop.sell().payment

        with (
            pytest.raises(IntegrityError, match="payment_on_hold_since_its_warning"),
            transaction.atomic(),
        ):
            Payment.objects.filter(pk=payment.pk).update(fraud_held=1)


class TestPages:
    def test_tell_the_buyer_how_much_and_why(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=30)
        warn(shop, purchase)
        url = reverse("billing:purchase", args=[purchase.uuid])

        text = log_in(purchase.account.user).get(url).text

        assert "On hold" in text
        assert "70 credits of this purchase are on hold." in text
        assert "its holder may not have made this payment" in text
        assert "taken back" not in text

    def test_account_for_each_credit_and_say_why_each_moved(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=30)
        dismissed = shop.sell(user=purchase.account.user)
        warn(shop, purchase)
        dismiss(warn(shop, dismissed))
        client = log_in(purchase.account.user)

        parts = client.get(reverse("billing:purchase", args=[purchase.uuid])).context["parts"]
        history = client.get(reverse("billing:history")).text

        assert {str(part.label): part.credits for part in parts} == {"Used": 30, "On hold": 70}
        assert "On hold: a warning of fraud" in history
        assert "The warning of fraud was answered" in history

    def test_tell_the_buyer_what_was_refunded_apart(self, shop):
        purchase = shop.sell()
        warn(shop, purchase)
        shop.refund(purchase, 300)
        shop.deliver()
        url = reverse("billing:purchase", args=[purchase.uuid])

        text = log_in(purchase.account.user).get(url).text

        assert "70 credits of this purchase are on hold." in text
        assert "30 credits were taken back" in text

    def test_tell_staff_what_dismissing_gives_back(self, shop):
        payment = warn(shop, shop.sell())
        client = log_in(make_colleague("Refunds"))

        listed = client.get(page(FraudWarning), {"answered": "no"}).text
        asked = client.get(page(FraudWarning, "dismiss", payment.pk)).text

        assert "until then 0 more credits can be used" in " ".join(listed.split())
        assert "100 credits are on hold: they come back." in asked

    def test_preview_a_refund_by_what_it_takes_for_good(self, shop):
        purchase = shop.sell()
        warn(shop, purchase)
        client = log_in(make_colleague("Refunds"))

        answer = client.post(
            page(Purchase, "refund", purchase.pk), {"amount": "4", "reason": "Asked for it"}
        )

        assert answer.context["preview"].credits_taken_back == 40
        assert answer.context["preview"].shortfall == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_the_warning_comes_many_times_while_credits_are_spent(self, shop, settings):
        settings.STRIPE_TIMEOUT = 60
        purchase = shop.sell()
        shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
        event = shop.event("radar.early_fraud_warning.created")

        def spend(number):
            return ledger.spend(account=purchase.account, credits=10, key=f"job:{number}")

        results = at_once(
            *[posting(shop, event) for _again in range(4)],
            *[lambda number=number: spend(number) for number in range(6)],
        )

        assert results[:4] == [200] * 4
        lot = lot_of(purchase)
        payment = Payment.objects.get(pk=purchase.payment_id)
        assert lot.shortfall == 0
        assert lot.remaining == 0
        assert payment.fraud_held == 100 - lot.spent

    def test_somebody_dismisses_while_another_refunds_all_of_it(self, shop, settings):
        settings.STRIPE_TIMEOUT = 60
        purchase = shop.sell()
        payment = warn(shop, purchase)
        shop.stripe.refund(payment.stripe_payment_intent_id)
        news = [posting(shop, event) for event in shop.undelivered()]

        results = at_once(lambda: dismiss(payment), *news)

        assert not [result for result in results if isinstance(result, Exception)]
        connection.close()
        assert ledger.balance(purchase.account) == 0
        assert Payment.objects.get(pk=payment.pk).fraud_held == 0
        assert Refund.objects.get().status == "succeeded"
