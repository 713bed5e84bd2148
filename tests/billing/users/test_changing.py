"""An address changes everywhere at once."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from billing import jobs, users
from billing.models import Customer
from billing.users import customers
from tests.people import PASSWORD, make_staff, make_user
from tests.staff import log_in, page

pytestmark = pytest.mark.django_db(transaction=True)


def rows(user):
    fields = ("email", "verified", "primary")
    return list(EmailAddress.objects.filter(user=user).values_list(*fields))


class TestChangeAddress:
    def test_changes_user_allauth_and_stripe(self, shop):
        user = make_user(email="old@example.com")
        customer_id = customers.id_for(user)

        users.change_address(user, " New@Example.com")

        user.refresh_from_db()
        assert user.email == "new@example.com"
        assert rows(user) == [("new@example.com", False, True)]
        [call] = shop.stripe.calls("POST", f"/v1/customers/{customer_id}")
        assert call["body"] == "email=new%40example.com"
        assert not users.is_verified(user)

    def test_is_verified_where_that_is_known(self, shop):
        user = make_user()

        users.change_address(user, "new@example.com", is_verified=True)

        assert users.is_verified(user)

    def test_does_not_wait_for_stripe(self, shop):
        user = make_user()
        customers.id_for(user)
        shop.stripe.switch(api_down=True)

        users.change_address(user, "new@example.com")
        shop.stripe.switch(api_down=False)
        customers.id_for(user)

        assert Customer.objects.get().email == "new@example.com"

    def test_refuses_an_address_of_somebody_else_in_any_case(self):
        make_user(email="taken@example.com")
        user = make_user(email="old@example.com")

        with pytest.raises(users.AddressTaken):
            users.change_address(user, "TAKEN@example.com")

        assert rows(user) == [("old@example.com", True, True)]

    def test_signs_out_where_somebody_else_changes_it(self, client):
        user = make_user()
        client.force_login(user)

        users.change_address(user, "new@example.com", sign_out=True)

        assert client.get(reverse("billing:overview")).status_code == 302


class TestLowerCase:
    def test_lets_a_superuser_with_capitals_sign_in(self, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "bosses-Passw0rd!")
        call_command("createsuperuser", "--noinput", username="boss", email="Boss@Example.com")

        answer = Client().post(
            reverse("account_login"),
            {"login": "BOSS@example.com", "password": "bosses-Passw0rd!"},
        )

        assert answer.status_code == 302


class TestPersonsPage:
    def send(self, user, email):
        url = page(User, "change", user.pk)
        boss = log_in(make_staff())
        fields = {"username": user.username, "email": email, "is_active": "on"}
        times = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        return boss.post(url, fields | times)

    def test_changes_the_address_everywhere(self, shop, client):
        user = make_user(email="old@example.com")
        client.force_login(user)

        assert self.send(user, "New@example.com").status_code == 302

        user.refresh_from_db()
        assert user.email == "new@example.com"
        assert rows(user) == [("new@example.com", False, True)]
        assert client.get(reverse("billing:overview")).status_code == 302

    def test_lets_nobody_in_by_the_old_address(self, shop, mailoutbox):
        user = make_user(email="old@example.com")
        self.send(user, "new@example.com")
        jobs.send_messages()
        mailoutbox.clear()
        stranger = Client()

        signed_in = stranger.post(
            reverse("account_login"), {"login": "old@example.com", "password": PASSWORD}
        )
        for name in ("account_reset_password", "account_request_login_code"):
            stranger.post(reverse(name), {"email": "old@example.com"})
        jobs.send_messages()

        assert signed_in.status_code == 200
        assert "_auth_user_id" not in stranger.session
        assert len(mailoutbox) == 2
        for mail in mailoutbox:
            assert mail.to == ["old@example.com"]
            assert "no account" in mail.body.lower()

    def test_refuses_somebody_elses(self):
        make_user(email="taken@example.com")
        user = make_user(email="old@example.com")

        assert "Somebody else has this address." in self.send(user, "Taken@example.com").text
