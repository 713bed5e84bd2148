"""Each movement of a person's money is mailed once, from the transaction that it happened in."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from billing import fulfilment, mails, stripe_gateway
from billing.mails import outbox, writing
from billing.models import OutgoingMail
from billing.settlement import news
from credits.models import Account
from tests.billing.test_races import at_once, posting
from tests.people import make_user
from tests.smtp import mail_server

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def send(at=None):
    mails.send_due(at=at or timezone.now())
    return mail.outbox


def kinds():
    return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))


def statuses():
    return dict(OutgoingMail.objects.values_list("kind", "status"))


def html_of(sent):
    [part] = sent.alternatives
    assert part.mimetype == "text/html"
    return part.content


@pytest.fixture
def ada(db):
    return make_user(email="ada@example.com")


@pytest.mark.django_db
class TestCreditsArrived:
    def test_says_what_came_and_what_was_paid_in_text_and_html(self, shop, ada):
        plan = shop.plan(name="Studio", credits=575, unit_amount=3900, valid_for_days=30)
        purchase = shop.sell(user=ada, plan=plan)

        [sent] = send()

        assert sent.to == ["ada@example.com"]
        assert sent.subject == "Your credits on Credits are here"
        for said in (sent.body, html_of(sent)):
            assert "575 credits were added to your balance." in said
            assert "UTC" in said
            assert "Studio" in said
            assert "$39.00" in said
            assert f"http://testserver/billing/purchases/{purchase.uuid}/" in said
            assert "This mail is about your money, so it cannot be switched off." in said
        assert "List-Unsubscribe" not in sent.extra_headers

    def test_is_queued_once_whatever_stripe_repeats(self, shop, ada):
        shop.sell(user=ada)
        shop.deliver(*shop.stripe.events(), *shop.stripe.events())

        assert kinds() == ["credits_arrived"]

    def test_is_not_there_where_the_grant_was_taken_back(self, shop, ada):
        purchase = shop.open(user=ada)
        shop.pay(purchase)
        session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)
        with transaction.atomic():
            fulfilment.fulfil(session)
            assert kinds() == ["credits_arrived"]
            transaction.set_rollback(True)

        assert kinds() == []

    def test_is_dropped_when_all_of_it_was_refunded_meanwhile(self, shop, ada):
        shop.refund(shop.sell(user=ada))
        shop.deliver()

        assert [one.subject for one in send()] == ["Your refund from Credits"]
        assert statuses()["credits_arrived"] == "dropped"

    def test_of_several_of_a_plan_says_how_many_and_the_sum(self, shop, ada):
        plan = shop.plan(name="Studio", credits=100, unit_amount=999, quantity_maximum=5)
        shop.sell(user=ada, plan=plan, quantity=3)

        [sent] = send()

        assert "300 credits were added" in sent.body
        for said in (sent.body, " ".join(html_of(sent).split())):
            assert "3 \N{MULTIPLICATION SIGN} Studio" in said
            assert "$29.97" in said

    def test_of_two_purchases_is_two_mails(self, shop, ada):
        shop.sell(user=ada)
        shop.sell(user=ada)

        assert len(send()) == 2


@pytest.mark.django_db
class TestABanksAnswer:
    def order(self, shop, ada, *, clears, **order):
        purchase = shop.open(user=ada, **order)
        session = shop.pay(purchase, "debit_clears" if clears else "debit_fails")
        shop.deliver()
        return session["payment_intent"]

    def test_is_waited_for_in_words(self, shop, ada):
        self.order(shop, ada, clears=True)

        [sent] = send()

        assert sent.subject == "Your payment on Credits is on its way"
        assert "We write to you then." in sent.body
        assert "$10.00" in html_of(sent)

    def test_for_several_is_waited_for_with_the_sum(self, shop, ada):
        plan = shop.plan(unit_amount=999, quantity_maximum=5)
        self.order(shop, ada, clears=True, plan=plan, quantity=3)

        [sent] = send()

        assert "Price: $29.97" in sent.body
        assert "$29.97" in html_of(sent)

    def test_that_it_pays_is_the_next_mail(self, shop, ada):
        intent = self.order(shop, ada, clears=True)
        send()
        shop.stripe.settle_debit(intent, clears=True)
        shop.deliver()

        assert send()[-1].subject == "Your credits on Credits are here"

    def test_that_it_does_not_pay_is_the_next_mail(self, shop, ada):
        intent = self.order(shop, ada, clears=False)
        send()
        shop.stripe.settle_debit(intent, clears=False)
        shop.deliver()

        sent = send()[-1]
        assert sent.subject == "Your payment on Credits did not go through"
        assert "You have not been charged" in sent.body

    def test_leaves_nothing_to_say_of_waiting(self, shop, ada):
        intent = self.order(shop, ada, clears=True)
        shop.stripe.settle_debit(intent, clears=True)
        shop.deliver()

        assert len(send()) == 1
        assert statuses() == {"payment_processing": "dropped", "credits_arrived": "sent"}


@pytest.mark.django_db
class TestMoneyBack:
    @pytest.fixture
    def purchase(self, shop, ada):
        purchase = shop.sell(user=ada)
        send()
        mail.outbox.clear()
        return purchase

    def test_is_told_of_each_refund(self, shop, purchase):
        for amount in (300, 200):
            shop.refund(purchase, amount)
            shop.deliver()

        first, second = send()

        assert "$3.00 of your payment was sent back to you." in first.body
        assert "$2.00 of your payment was sent back to you." in html_of(second)
        # At sending, both are taken back: neither mail calls that its own refund's.
        for sent in (first, second):
            assert "So far, 50 credits of this purchase were taken back." in sent.body
            assert "So far, 50 credits of this purchase were taken back." in html_of(sent)

    def test_that_fails_after_all_is_told_to_who_heard_of_it(self, shop, purchase):
        refund = shop.refund(purchase, status="succeeded", becomes="failed")
        shop.deliver()
        send()
        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        sent = send()[-1]
        assert sent.subject == "A refund from Credits did not go through"
        assert "A refund of $10.00 did not go through." in sent.body

    def test_that_failed_before_the_mail_left_is_not_told_at_all(self, shop, purchase):
        refund = shop.refund(purchase, status="succeeded", becomes="failed")
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        assert send() == []

    def test_by_a_dispute_is_told_and_so_is_its_end(self, shop, purchase):
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        assert send()[-1].subject == "A dispute about your payment on Credits"

        shop.stripe.win(dispute["id"])
        shop.deliver()

        sent = send()[-1]
        assert sent.subject == "The dispute about your payment on Credits is decided"
        assert "The bank decided that the payment stands." in sent.body

    def test_for_good_is_told(self, shop, purchase):
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.stripe.lose(dispute["id"])
        shop.deliver()

        assert "$10.00 went back." in send()[-1].body
        assert statuses()["payment_disputed"] == "dropped"

    def test_is_not_what_an_inquiry_is(self, shop, purchase):
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, inquiry=True)
        shop.stripe.win(dispute["id"])
        shop.deliver()

        assert send() == []
        assert kinds() == ["credits_arrived"]


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_queue_one_mail(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")

        at_once(*[posting(shop, completed)] * 8)

        assert kinds() == ["credits_arrived"]

    def test_of_one_fact_are_one_row(self):
        account = Account.objects.create()

        def queue():
            news.queue_mail(
                OutgoingMail.Kind.PAYMENT_FAILED, account_id=account.pk, fact=7, purchase=7
            )

        assert at_once(*[queue] * 8) == [None] * 8

        row = OutgoingMail.objects.get()
        assert (row.key, row.ids, row.status) == ("payment_failed:7", {"purchase": 7}, "waiting")


@pytest.mark.django_db
class TestAMailServer:
    @pytest.fixture
    def server(self, settings):
        with mail_server() as server:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            settings.EMAIL_TIMEOUT = 5
            yield server

    def test_that_is_away_for_an_hour_loses_nothing_and_doubles_nothing(
        self, shop, server, settings
    ):
        for _ in range(3):
            shop.refund(shop.sell(), 100)
        shop.deliver()
        start, port = timezone.now(), server.port
        settings.EMAIL_PORT = 1  # nobody listens there
        for minute in range(60):
            assert mails.send_due(at=start + minute * MINUTE) == 0

        settings.EMAIL_PORT, server.refusals = port, 2
        for minute in range(60, 180):
            mails.send_due(at=start + minute * MINUTE)

        ids = [
            line
            for one in server.received
            for line in one.splitlines()
            if line.startswith("Message-ID")
        ]
        assert len(ids) == len(set(ids)) == 6
        assert set(statuses().values()) == {"sent"}

    def test_whose_yes_was_lost_gets_the_mail_again_under_the_same_id(self, shop, server):
        shop.sell()
        now = timezone.now()
        message = writing.write(outbox.claim(at=now), at=now)
        assert message is not None
        message.send()  # and then the process dies

        assert mails.send_due(at=now + HOUR) == 1

        first, second = (
            [line for line in one.splitlines() if line.startswith("Message-ID")]
            for one in server.received
        )
        assert first == second
