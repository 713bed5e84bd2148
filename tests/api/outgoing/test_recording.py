"""What happened is written down with it, for whoever listens."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.outgoing import addresses, delivering, payloads, recording, signals
from credits import ledger, notices
from credits.models import Lot
from tests.api.outgoing.factories import happen, make_endpoint
from tests.billing.waiting import in_a_thread, until_it_waits_for_a_lock
from tests.credits.factories import make_account, make_lot, make_spend

URL = "https://hooks.example/"


def types():
    return list(WebhookEvent.objects.order_by("pk").values_list("type", flat=True))


def newest():
    return WebhookEvent.objects.latest("pk")


@pytest.mark.django_db
class TestWhatIsTold:
    @pytest.fixture(autouse=True)
    def endpoint(self):
        make_endpoint(url=URL)

    def test_of_a_purchase_that_is_paid(self, shop):
        purchase = shop.sell()

        event = newest()
        assert types() == ["credits.granted", "purchase.paid"]
        assert event.account == purchase.account
        assert event.data == {
            "purchase": str(purchase.uuid),
            "status": "paid",
            "plan": purchase.plan.slug,
            "unit_amount": 1000,
            "currency": "usd",
            "livemode": False,
            "paid_at": purchase.paid_at.isoformat().replace("+00:00", "Z"),
            "credits": 100,
            "credits_clawed_back": 0,
            "credits_short": 0,
            "lot": purchase.lot_id,
            "balance": 100,
        }

    def test_of_a_refund(self, shop):
        purchase = shop.sell()
        ledger.spend(account=purchase.account, credits=90, key="work")
        shop.refund(purchase, 400)
        shop.deliver()

        event = newest()
        bought = event.data["purchase"]
        assert event.type == "refund.settled"
        assert (event.data["status"], event.data["unit_amount"]) == ("succeeded", 400)
        assert (bought["credits_clawed_back"], bought["credits_short"]) == (10, 30)
        assert (bought["purchase"], bought["balance"]) == (str(purchase.uuid), 0)

    def test_of_a_dispute_from_its_beginning_to_its_end(self, shop):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        opened = newest()
        shop.stripe.win(dispute["id"])
        shop.deliver()

        closed = newest()
        assert (opened.type, closed.type) == ("dispute.opened", "dispute.closed")
        assert (opened.data["withdrawn"], closed.data["withdrawn"]) == (1000, 0)
        assert (opened.data["dispute"], closed.data["status"]) == (dispute["id"], "won")
        assert opened.data["is_inquiry"] is False
        assert closed.data["purchase"]["balance"] == 100

    def test_of_a_purchase_that_a_bank_did_not_pay(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_fails")
        shop.deliver()
        session = shop.event("checkout.session.completed")["data"]["object"]
        shop.stripe.settle_debit(session["payment_intent"])
        shop.deliver()

        assert types() == ["purchase.failed"]
        assert (newest().data["status"], newest().data["lot"]) == ("failed", None)

    def test_of_credits_given(self):
        lot = make_lot(credits=7, source="referral:8")

        assert newest().data == {
            "lot": lot.pk,
            "kind": "PROMOTION",
            "source": "referral:8",
            "credits": 7,
            "credits_remaining": 7,
            "expires_at": None,
            "balance": 7,
        }

    def test_of_a_grant_over_http_without_the_key_of_its_client(self):
        account = make_account()
        ledger.grant(account=account, credits=7, source="api:farm:a", kind=Lot.Kind.PROMOTION)

        assert (newest().data["credits"], newest().data["source"]) == (7, "")

    def test_of_a_correction_by_hand(self):
        ledger.adjust(account=make_account(), credits=5, reason="r", actor="a", key="k")

        assert (newest().type, newest().data["kind"]) == ("credits.granted", "ADJUSTMENT")

    def test_of_a_low_balance(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        make_spend(account=make_account(credits=15), credits=6)

        assert newest().type == "balance.low"
        assert newest().data == {"balance": 9, "threshold": 10}

    def test_of_credits_that_expire_soon(self):
        now = timezone.now()
        make_lot(at=now, expires_at=now + timedelta(days=60))
        notices.announce_expiring(at=now + timedelta(days=31))

        assert (newest().type, newest().data["days"]) == ("credits.expiring", 30)

    def test_of_credits_that_have_expired(self):
        now = timezone.now()
        make_lot(at=now, credits=10, expires_at=now + timedelta(days=1))
        ledger.expire(at=now + timedelta(days=2))
        notices.announce_expired(at=now + timedelta(days=2))

        event = newest()
        assert event.type == "credits.expired"
        assert (event.data["credits_expired"], event.data["balance"]) == (10, 0)

    def test_of_nothing_that_names_a_person(self, shop):
        purchase = shop.sell()
        user = purchase.account.user

        written = "".join(payloads.body_of(event) for event in WebhookEvent.objects.all())
        assert user.email not in written
        assert user.username not in written

    def test_once_however_often_it_is_said(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        shop.deliver()
        shop.deliver(*shop.stripe.events())

        assert types() == ["credits.granted", "purchase.paid", "refund.settled"]


@pytest.mark.django_db
class TestWhoIsTold:
    def test_nobody_where_nobody_listens(self):
        assert happen() == []
        assert WebhookEvent.objects.count() == 0

    def test_who_listens_to_this_type(self):
        make_endpoint(url=URL, event_types=["balance.low"])
        listening = make_endpoint(url=URL, event_types=["credits.granted", "balance.low"])

        assert [delivery.endpoint for delivery in happen()] == [listening]

    def test_who_listens_to_this_account(self):
        account = make_account()
        make_endpoint(url=URL, account=make_account())
        its_own = make_endpoint(url=URL, account=account)
        everybodys = make_endpoint(url=URL)

        assert [delivery.endpoint for delivery in happen(account)] == [its_own, everybodys]

    def test_nobody_who_comes_later(self):
        make_endpoint(url=URL)
        happen()
        late = make_endpoint(url=URL)

        assert not WebhookDelivery.objects.filter(endpoint=late).exists()

    def test_a_test_goes_to_one_endpoint(self, receiver):
        endpoint = make_endpoint(receiver, event_types=["balance.low"])

        recording.write_test(endpoint)
        delivering.send_due()

        [event] = receiver.events
        assert (event["type"], event["account"], event["data"]) == ("webhook.test", None, {})


@pytest.mark.django_db(transaction=True)
class TestTransaction:
    @pytest.fixture(autouse=True)
    def endpoint(self):
        make_endpoint(url=URL)

    def test_takes_the_event_back_with_what_it_tells_of(self):
        with transaction.atomic():
            assert len(happen()) == 1
            transaction.set_rollback(True)

        assert WebhookEvent.objects.count() == 0

    def test_takes_back_what_it_tells_of_with_the_event(self):
        def fail(execute, sql, params, many, context):
            if 'INSERT INTO "api_webhookevent"' in sql:
                raise ZeroDivisionError
            return execute(sql, params, many, context)

        account = make_account()
        with connection.execute_wrapper(fail), pytest.raises(ZeroDivisionError):
            make_lot(account=account)

        assert ledger.balance(account) == 0

    def test_wakes_whoever_sends_once_it_has_committed(self):
        def listen(**values):
            heard.append(WebhookDelivery.objects.count())

        heard: list = []
        signals.waiting.connect(listen)
        try:
            with transaction.atomic():
                happen()
                assert heard == []
        finally:
            signals.waiting.disconnect(listen)

        assert heard == [1]

    def test_numbers_an_accounts_events_in_the_order_of_their_commits(self):
        account = make_account()

        with (
            in_a_thread(lambda: make_lot(account=account, source="second")) as second,
            transaction.atomic(),
        ):
            make_lot(account=account, source="first")
            second.start()
            until_it_waits_for_a_lock(second)

        sources = WebhookEvent.objects.order_by("pk").values_list("data__source", flat=True)
        assert list(sources) == ["first", "second"]
        assert second.error is None

    def test_does_not_wait_for_a_delivery_that_is_being_noted(self):
        endpoint = WebhookEndpoint.objects.get()

        with transaction.atomic():
            WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
            with in_a_thread(make_lot) as lot:
                lot.start()
                lot.join(30)
                assert not lot.is_alive()

        assert lot.error is None


@pytest.mark.django_db
class TestCreate:
    def test_refuses_an_address_that_is_not_public(self):
        with pytest.raises(addresses.AddressRefused):
            make_endpoint(url="https://10.0.0.1/")
