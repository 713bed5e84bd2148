"""What mails say, by the moment in which they are sent."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone, translation

from billing import mails
from billing.models import OutgoingMail
from credits.templatetags import moments
from tests.billing.mails.factories import make_expiring_lot, make_low_balance
from tests.credits.factories import make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def low_balance(settings):
    settings.CREDITS_LOW_BALANCE = 10


def send(at=NOW):
    mails.collect(at=NOW)
    mails.send_due(at=at)
    return mail.outbox


def speaks_chinese(user):
    return "zh-hans"


class TestBalanceLow:
    def test_says_what_is_left_and_where_to_buy(self):
        make_low_balance(user=make_user(email="ada@example.com"))

        [sent] = send()

        assert sent.to == ["ada@example.com"]
        assert sent.subject == "Your credits on Credits are running low"
        assert "You have 6 credits left" in sent.body
        assert "http://testserver/billing/" in sent.body
        assert sent.extra_headers["Auto-Submitted"] == "auto-generated"

    def test_says_what_is_left_when_it_is_sent(self):
        account = make_low_balance()
        make_spend(account=account, credits=5)

        assert "You have 1 credit left" in send()[0].body

    def test_is_dropped_when_the_balance_has_recovered(self):
        make_lot(account=make_low_balance(), credits=10)

        assert send() == []
        assert OutgoingMail.objects.get().status == "dropped"

    def test_names_the_site_as_it_is_written(self, settings):
        settings.SITE_NAME = "Tom & Jerry's"
        make_low_balance()

        [sent] = send()

        assert sent.subject == "Your credits on Tom & Jerry's are running low"
        assert "left on Tom & Jerry's." in sent.body


class TestCreditsExpiring:
    def test_says_how_many_and_when(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"
        lot = make_expiring_lot(credits=10)

        [sent] = send()

        assert sent.subject == "Some of your credits on Credits expire soon"
        with translation.override("en"):
            when = moments.utc(lot.expires_at)
        assert f"10 of your credits on Credits expire on {when}." in sent.body

    def test_says_it_of_each_lot_that_is_left(self, settings):
        settings.CREDITS_LOW_BALANCE = None
        account = make_expiring_lot(credits=10).account
        make_expiring_lot(account=account, credits=1)
        make_spend(account=account, credits=10)

        [sent] = send()

        assert "1 of your credits on Credits expires on" in sent.body
        assert "10 of your credits" not in sent.body

    def test_is_dropped_when_they_were_used(self):
        lot = make_expiring_lot(credits=1)
        make_spend(account=lot.account, credits=1)

        assert send() == []
        assert OutgoingMail.objects.get().status == "dropped"

    def test_is_dropped_when_they_have_expired(self):
        make_expiring_lot()

        assert send(at=NOW + timedelta(days=8)) == []


class TestReader:
    def test_has_the_address_of_today(self):
        account = make_low_balance()
        account.user.email = "new@example.com"
        account.user.save()

        assert send()[0].to == ["new@example.com"]

    def test_reads_their_own_language(self, settings):
        settings.BILLING_USER_LANGUAGE = f"{__name__}.speaks_chinese"
        make_low_balance()

        [sent] = send()

        assert sent.subject == "您在 Credits 的点数即将用完"
        assert "您可以在这里购买更多" in sent.body

    @pytest.mark.parametrize("fields", [{"email": ""}, {"is_active": False}], ids=str)
    def test_is_somebody(self, fields):
        account = make_low_balance()
        type(account.user).objects.update(**fields)

        assert send() == []
        assert OutgoingMail.objects.get().status == "dropped"

    def test_was_not_erased(self):
        account = make_low_balance()
        type(account).objects.filter(pk=account.pk).update(user=None)

        assert send() == []
