"""A code that was sent to an address leads nowhere once that is not the person's any more."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from billing import users
from billing.mails import messages
from tests.people import PASSWORD, make_staff, make_user
from tests.staff import log_in

pytestmark = pytest.mark.django_db

OLD, NEW = "old@example.com", "new@example.com"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def person():
    return make_user(email=OLD)


def newest_code():
    """Read the code out of the mail that was sent last."""
    messages.send_due()
    found = re.search(r"^    (\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return found[1]


def is_signed_in(client):
    return "_auth_user_id" in client.session


def ask_to_sign_in(email):
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": email})
    return client, newest_code()


def ask_for_password(email):
    client = Client()
    client.post(reverse("account_reset_password"), {"email": email})
    return client, newest_code()


class TestSigningIn:
    def test_by_a_code_works_while_the_address_is_theirs(self, person):
        client, code = ask_to_sign_in(OLD)

        client.post(reverse("account_confirm_login_code"), {"code": code})

        assert is_signed_in(client)

    def test_by_a_code_of_the_old_address_is_refused(self, person):
        client, code = ask_to_sign_in(OLD)
        users.change_address(person, NEW, sign_out=True)

        answer = client.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)

        assert not is_signed_in(client)
        assert "That code is good no more." in answer.text

    def test_by_a_code_of_the_new_address_works(self, person):
        users.change_address(person, NEW, is_verified=True)
        client, code = ask_to_sign_in(NEW)

        client.post(reverse("account_confirm_login_code"), {"code": code})

        assert is_signed_in(client)

    def test_by_a_wrong_code_may_be_tried_again(self, person):
        client, code = ask_to_sign_in(OLD)

        client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"})
        client.post(reverse("account_confirm_login_code"), {"code": code})

        assert is_signed_in(client)

    def test_by_another_code_is_not_offered_to_the_old_address(self, person):
        client, _code = ask_to_sign_in(OLD)
        users.change_address(person, NEW)
        mail.outbox.clear()

        client.post(reverse("account_confirm_login_code"), {"action": "resend"})

        assert not mail.outbox


class TestPassword:
    def test_is_chosen_by_a_code_while_the_address_is_theirs(self, person):
        client, code = ask_for_password(OLD)

        client.post(reverse("account_confirm_password_reset_code"), {"code": code})

        assert client.get(reverse("account_complete_password_reset")).status_code == 200

    @pytest.mark.parametrize("is_entered", [False, True])
    def test_is_not_chosen_by_a_code_of_the_old_address(self, person, is_entered):
        client, code = ask_for_password(OLD)
        enter = lambda: client.post(  # noqa: E731
            reverse("account_confirm_password_reset_code"), {"code": code}
        )
        if is_entered:
            enter()
        users.change_address(person, NEW)
        if not is_entered:
            enter()

        client.post(
            reverse("account_complete_password_reset"),
            {"password1": "another-Pass-1", "password2": "another-Pass-1"},
        )

        person.refresh_from_db()
        assert person.check_password(PASSWORD)


class TestVerification:
    def test_of_an_address_that_staff_have_replaced_does_not_bring_it_back(self):
        person = make_user(email=OLD)
        client = Client()
        client.force_login(person)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("account_email"), {"email": "typed@example.com", "action_add": ""})
        code = newest_code()
        users.change_address(person, NEW, is_verified=True)

        client.post(reverse("account_email_verification_sent"), {"code": code})

        person.refresh_from_db()
        assert person.email == NEW
        assert list(EmailAddress.objects.values_list("email", flat=True)) == [NEW]

    def test_of_a_new_address_replaces_the_old_one(self):
        person = make_user(email=OLD)
        client = Client()
        client.force_login(person)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("account_email"), {"email": NEW, "action_add": ""})
        code = newest_code()

        client.post(reverse("account_email_verification_sent"), {"code": code})

        person.refresh_from_db()
        assert person.email == NEW


class TestByStaff:
    def test_an_address_that_staff_change_ends_its_codes(self, person):
        client, code = ask_to_sign_in(OLD)
        boss = make_staff()
        form = {"username": person.username, "email": NEW, "is_active": "on"}
        log_in(boss).post(reverse("admin:auth_user_change", args=[person.pk]), form)
        person.refresh_from_db()
        assert person.email == NEW

        answer = client.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)

        assert "That code is good no more." in answer.text
        assert not is_signed_in(client)
