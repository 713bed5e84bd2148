"""Below what a balance is low: the person's own number, or the site's."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from billing import mails, users
from billing.models import OutgoingMail, Preferences
from credits.models import Account
from tests.credits.factories import make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account = Account.objects.for_user(make_user())
    make_lot(account=account, credits=100)
    return account


def collect():
    mails.collect(at=timezone.now())
    return list(OutgoingMail.objects.filter(kind=OutgoingMail.Kind.BALANCE_LOW))


class TestTheirOwnNumber:
    def test_is_mailed_of_once_until_the_balance_is_twice_that(self, account):
        users.choose_low_balance(account.user, 50)
        assert collect() == []
        make_spend(account=account, credits=60)
        assert len(collect()) == 1
        make_spend(account=account, credits=1)
        make_lot(account=account, credits=30)
        make_spend(account=account, credits=30)
        assert len(collect()) == 1

        make_lot(account=account, credits=100)
        collect()
        make_spend(account=account, credits=100)

        assert len(collect()) == 2

    def test_takes_the_place_of_the_sites(self, account, settings):
        settings.CREDITS_LOW_BALANCE = 80
        users.choose_low_balance(account.user, 10)

        make_spend(account=account, credits=50)

        assert collect() == []
        make_spend(account=account, credits=45)
        assert len(collect()) == 1

    def test_says_what_is_left_in_the_mail(self, account, mailoutbox):
        users.choose_low_balance(account.user, 50)
        make_spend(account=account, credits=60)
        collect()

        mails.send_due(at=timezone.now() + timedelta(minutes=1))

        [sent] = mailoutbox
        assert "You have 40 credits left" in sent.body

    def test_is_nothing_to_somebody_who_never_had_credits(self):
        user = make_user()
        Account.objects.for_user(user)
        users.choose_low_balance(user, 50)

        assert collect() == []

    def test_tells_again_when_it_is_chosen_anew(self, account):
        users.choose_low_balance(account.user, 150)
        assert len(collect()) == 1

        users.choose_low_balance(account.user, 120)
        make_spend(account=account, credits=1)

        assert len(collect()) == 2

    def test_is_gone_with_the_person(self, account):
        users.choose_low_balance(account.user, 50)

        users.forget_language(account.user)

        assert users.own_low_balance(account.user) is None


class TestConstraints:
    def test_preferences_low_balance_positive(self):
        with pytest.raises(IntegrityError, match="preferences_low_balance_positive"):
            Preferences.objects.create(user=make_user(), low_balance=0)

    def test_preferences_told_of_their_own_number(self):
        with pytest.raises(IntegrityError, match="preferences_told_of_their_own_number"):
            Preferences.objects.create(user=make_user(), is_low_told=True)


class TestThePage:
    def choose(self, client, value):
        return client.post(reverse("billing:notifications"), {"low_balance": value})

    def test_keeps_the_number_and_forgets_it(self, client, account):
        client.force_login(account.user)
        assert self.choose(client, "250").status_code == 303
        assert users.own_low_balance(account.user) == 250
        assert 'value="250"' in client.get(reverse("billing:notifications")).text

        self.choose(client, "")

        assert users.own_low_balance(account.user) is None

    @pytest.mark.parametrize("value", ["0", "-1", "x", "9" * 5000, "1.5"])
    def test_refuses_what_is_no_number_of_credits(self, client, account, value):
        client.force_login(account.user)

        response = self.choose(client, value)

        assert response.status_code == 400
        assert "errorlist" in response.text
        assert not Preferences.objects.filter(low_balance__isnull=False).exists()
