"""One click in a mail program switches a kind of mail off: RFC 8058."""

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import mails, users
from billing.mails import unsubscribing
from billing.privacy import erasure
from tests.billing.mails.factories import make_expiring_lot, make_low_balance
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low_balance(settings):
    settings.CREDITS_LOW_BALANCE = 10


def send():
    mails.collect(at=timezone.now())
    mails.send_due()
    return mail.outbox


def link_of(sent):
    return sent.extra_headers["List-Unsubscribe"].removeprefix("<http://testserver").rstrip(">")


def click(address, **kwargs):
    """What a mail program does: no cookies, no token, the body of RFC 8058, section 3.2."""
    client = Client(enforce_csrf_checks=True)
    return client.post(address, {"List-Unsubscribe": "One-Click"}, **kwargs)


class TestTheHeader:
    def test_stands_on_what_may_be_switched_off(self):
        make_low_balance()
        make_expiring_lot()

        for sent in send():
            assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert link_of(sent) in sent.body
            assert link_of(sent) in sent.alternatives[0].content


class TestOneClick:
    def test_switches_that_kind_off(self):
        account = make_low_balance()
        [sent] = send()

        answer = click(link_of(sent))

        assert answer.status_code == 200
        assert "We do not write to you about this any more: Balance is low." in answer.text
        assert users.notifications(account.user) == {"balance_low": False, "credits_expiring": True}

    def test_ends_the_mails(self):
        account = make_low_balance()
        click(unsubscribing.url(account.user, "balance_low"))

        assert send() == []

    def test_again_is_fine(self):
        address = unsubscribing.url(make_user(), "balance_low")

        assert [click(address).status_code, click(address).status_code] == [200, 200]

    def test_of_an_erased_person_is_fine(self):
        user = make_user()
        address = unsubscribing.url(user, "balance_low")
        erasure.erase(user=user)

        assert click(address).status_code == 200

    def test_speaks_the_persons_language(self):
        user = make_user()
        client = Client()
        client.force_login(user)
        client.get(reverse("billing:overview"), headers={"Accept-Language": "zh-hans"})

        assert "已关闭" in click(unsubscribing.url(user, "balance_low")).text


class TestALook:
    def test_changes_nothing_and_asks(self, client):
        user = make_user()

        answer = client.get(unsubscribing.url(user, "balance_low"))

        assert "Switch these mails off?" in answer.text
        assert users.wants(user, "balance_low")
        assert "no-store" in answer["Cache-Control"]


class TestAnotherLink:
    @pytest.mark.parametrize(
        "token",
        [
            "nonsense",
            signing.dumps(["1", "balance_low"], salt="another"),
            signing.dumps(["1", "credits_arrived"], salt=unsubscribing.SALT),
            signing.dumps("1", salt=unsubscribing.SALT),
        ],
        ids=["nonsense", "another salt", "about money", "half"],
    )
    def test_is_not_found(self, client, token):
        assert client.post(reverse("billing:unsubscribe", args=[token])).status_code == 404
