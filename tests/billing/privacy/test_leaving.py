"""Somebody asks to be erased: days of grace, then a job; no payment is left without its person."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from billing import jobs
from billing.models import Customer, ErasureRequest
from billing.privacy import leaving
from credits import ledger
from credits.models import Account, Lot
from tests.billing.waiting import in_a_thread, until_it_waits_for_a_lock
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = timedelta(days=7)


@pytest.fixture
def ada():
    user = make_user(email="ada@example.com")
    account = Account.objects.for_user(user)
    ledger.grant(account=account, credits=40, source="gift", kind=Lot.Kind.PROMOTION)
    return user


class TestAsking:
    def test_notes_it_once_and_writes_to_the_person(self, ada, mailoutbox):
        first = leaving.ask(ada)
        again = leaving.ask(ada, at=timezone.now() + WEEK)
        jobs.send_messages()

        assert again.due_at == first.due_at
        assert first.due_at - first.requested_at == WEEK
        [message] = mailoutbox
        assert message.to == ["ada@example.com"]
        assert "40 credits are lost then." in message.body
        assert reverse("billing:account") in message.body
        assert "about your account, so it cannot be switched off" in message.alternatives[0][0]

    def test_is_not_for_staff(self):
        staff = make_staff()

        with pytest.raises(leaving.StaffStay):
            leaving.ask(staff)

        assert not ErasureRequest.objects.exists()


class TestErasing:
    def test_waits_for_the_day(self, ada):
        request = leaving.ask(ada)

        assert leaving.erase_due(at=request.due_at - timedelta(seconds=1)) == 0
        assert leaving.erase_due(at=request.due_at) == 1
        assert not User.objects.filter(pk=ada.pk).exists()
        assert not ErasureRequest.objects.exists()
        assert Account.objects.get().user is None

    def test_deletes_the_customer_at_stripe(self, shop, ada):
        shop.sell(user=ada)
        request = leaving.ask(ada)
        customer_id = Customer.objects.get().stripe_customer_id

        leaving.erase_due(at=request.due_at)

        assert shop.stripe.calls("DELETE", f"/v1/customers/{customer_id}")

    def test_is_not_done_where_it_was_taken_back(self, ada):
        request = leaving.ask(ada)

        assert leaving.take_back(ada)
        assert not leaving.take_back(ada)
        assert leaving.erase_due(at=request.due_at) == 0
        assert User.objects.filter(pk=ada.pk).exists()

    def test_closes_a_payment_page_that_is_open(self, shop, ada):
        purchase = shop.open(user=ada)
        request = leaving.ask(ada)

        assert leaving.erase_due(at=request.due_at) == 1
        purchase.refresh_from_db()
        assert purchase.status == "expired"

    def test_waits_for_a_payment_that_a_bank_has(self, shop, ada):
        purchase = shop.open(user=ada)
        shop.pay(purchase, "debit_clears")
        shop.stripe.wait_for("checkout.session.completed")
        shop.deliver()
        request = leaving.ask(ada)

        assert leaving.loss(ada).open_payments == 1
        assert leaving.erase_due(at=request.due_at) == 0
        assert User.objects.filter(pk=ada.pk).exists()

    def test_waits_for_stripe(self, shop, ada):
        shop.sell(user=ada)
        request = leaving.ask(ada)
        shop.stripe.switch(api_down=True)

        assert leaving.erase_due(at=request.due_at) == 0
        shop.stripe.switch(api_down=False)
        assert leaving.erase_due(at=request.due_at) == 1

    def test_leaves_who_became_staff_meanwhile(self, ada):
        request = leaving.ask(ada)
        User.objects.filter(pk=ada.pk).update(is_staff=True)

        assert leaving.erase_due(at=request.due_at) == 0
        assert User.objects.filter(pk=ada.pk).exists()
        User.objects.filter(pk=ada.pk).update(is_staff=False)
        assert leaving.erase_due(at=request.due_at) == 1

    def test_waits_for_a_page_that_was_opened_meanwhile(self, shop, ada):
        request = leaving.ask(ada)
        with (
            in_a_thread(lambda: leaving.erase_due(at=request.due_at)) as job,
            transaction.atomic(),
        ):
            ErasureRequest.objects.select_for_update().get()
            job.start()
            until_it_waits_for_a_lock(job)
            purchase = shop.open(user=ada)

        assert (job.result, job.error) == (0, None)
        assert User.objects.filter(pk=ada.pk).exists()
        assert leaving.erase_due(at=request.due_at) == 1
        purchase.refresh_from_db()
        assert purchase.status == "expired"

    def test_is_a_job(self, ada, settings):
        settings.BILLING_ERASURE_GRACE_DAYS = 0
        leaving.ask(ada)

        assert jobs.erase_people() == 1


class TestPage:
    def test_says_what_is_lost_and_lets_people_stay(self, client, ada):
        client.force_login(ada)

        text = client.get(reverse("billing:leave")).text
        asked = client.post(reverse("billing:ask_to_leave"), follow=True)
        stays = client.post(reverse("billing:stay"), follow=True)

        assert "You have 40 credits. They are lost, and not paid back." in text
        assert "It happens after 7 days." in text
        assert "You asked us to delete your account." in asked.text
        assert "Your account stays." in stays.text
        assert not ErasureRequest.objects.exists()

    def test_says_which_payments_are_waited_for(self, client, shop, ada):
        shop.open(user=ada)
        client.force_login(ada)

        text = client.get(reverse("billing:leave")).text

        assert "1 payment is not settled. We wait for it before we delete anything." in text

    def test_is_not_for_staff(self, client):
        client.force_login(make_staff())

        asked = client.post(reverse("billing:ask_to_leave"), follow=True)

        assert "Staff accounts are not deleted here." in client.get(reverse("billing:leave")).text
        assert "Staff accounts are not deleted here." in asked.text
        assert not ErasureRequest.objects.exists()

    @pytest.mark.parametrize("name", ["ask_to_leave", "stay"])
    def test_does_nothing_by_a_link(self, client, ada, name):
        client.force_login(ada)

        assert client.get(reverse(f"billing:{name}")).status_code == 405
