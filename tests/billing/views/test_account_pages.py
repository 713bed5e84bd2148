"""allauth's pages and mails: all of them in the site's look, in words of ours."""

import re

import pytest
from allauth.account import urls as account_urls
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.urls import reverse

from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db

OUR_LAYOUT = 'class="site-header"'


def code_in(mail):
    [code] = re.findall(r"^ {4}(\S+)$", mail.body, re.MULTILINE)
    return code


def sign_up(client, email="ada@example.com"):
    return client.post(
        reverse("account_signup"), {"email": email, "password1": PASSWORD}, follow=True
    )


class TestAccountPages:
    @pytest.mark.parametrize("name", [pattern.name for pattern in account_urls.urlpatterns])
    def test_each_is_in_our_layout_for_a_stranger(self, client, name):
        response = client.get(reverse(name), follow=True)

        assert response.status_code == 200
        assert OUR_LAYOUT in response.text

    @pytest.mark.parametrize("name", [pattern.name for pattern in account_urls.urlpatterns])
    def test_each_is_in_our_layout_for_a_person(self, client, name):
        client.force_login(make_user())

        response = client.get(reverse(name), follow=True)

        assert response.status_code == 200
        assert OUR_LAYOUT in response.text

    def test_a_person_signed_in_without_a_verified_address_sees_our_pages_too(self, client):
        client.force_login(make_user(verified=False))

        response = client.get(reverse("account_email"))

        assert "is not verified yet" in response.text

    def test_errors_belong_to_their_fields(self, client):
        response = client.post(reverse("account_signup"), {"email": "ada", "password1": "x"})

        assert 'aria-invalid="true"' in response.text
        assert 'id="id_email_error"' in response.text


class TestSigningUp:
    def test_is_finished_with_the_code_from_the_mail(self, client, mailoutbox):
        asked = sign_up(client)
        done = client.post(
            reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[0])}
        )

        assert asked.redirect_chain[-1][0] == reverse("account_email_verification_sent")
        assert done["Location"] == reverse("billing:overview")
        assert EmailAddress.objects.get(email="ada@example.com").verified

    def test_without_the_code_nobody_is_signed_in(self, client):
        sign_up(client)

        response = client.get(reverse("billing:overview"))

        assert response["Location"].startswith(reverse("account_login"))

    def test_three_wrong_codes_end_it(self, client, mailoutbox):
        sign_up(client)
        for _ in range(3):
            client.post(reverse("account_email_verification_sent"), {"code": "WRONG1"})

        client.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[0])})

        assert not EmailAddress.objects.get(email="ada@example.com").verified

    def test_begins_anew_where_the_address_was_wrong(self, client, mailoutbox):
        sign_up(client, "ada@exmaple.com")

        again = client.post(reverse("account_logout"), {"next": reverse("account_signup")})
        sign_up(client, "ada@example.com")

        assert again["Location"] == reverse("account_signup")
        assert mailoutbox[-1].to == ["ada@example.com"]

    def test_says_nothing_about_who_has_an_account(self, client, mailoutbox):
        make_user(email="ada@example.com")

        response = sign_up(client, "ada@example.com")

        assert response.redirect_chain[-1][0] == reverse("account_email_verification_sent")
        assert User.objects.count() == 1
        assert "There is an account with this address already" in mailoutbox[0].body

    def test_goes_back_to_the_page_that_was_wanted(self, client, mailoutbox):
        wanted = reverse("billing:history")
        client.post(
            f"{reverse('account_signup')}?next={wanted}",
            {"email": "ada@example.com", "password1": PASSWORD, "next": wanted},
        )

        done = client.post(
            reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[0])}
        )

        assert done["Location"] == wanted


class TestSigningIn:
    def test_by_code_from_the_mail(self, client, mailoutbox):
        make_user(email="ada@example.com")

        client.post(reverse("account_request_login_code"), {"email": "ada@example.com"})
        done = client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[0])})

        assert done["Location"] == reverse("billing:overview")

    def test_five_wrong_passwords_are_enough(self, client):
        make_user(email="ada@example.com")
        attempt = {"login": "ada@example.com", "password": "wrong"}
        for _ in range(5):
            client.post(reverse("account_login"), attempt)

        response = client.post(reverse("account_login"), attempt | {"password": PASSWORD})

        assert "_auth_user_id" not in client.session
        assert "Too many failed attempts" in response.text

    def test_too_many_requests_get_our_own_page(self, client):
        for _ in range(21):
            response = client.post(reverse("account_signup"), {})

        assert response.status_code == 429
        assert "That was too often" in response.text

    def test_elsewhere_is_not_a_place_to_go_to(self, client):
        make_user(email="ada@example.com")

        response = client.post(
            f"{reverse('account_login')}?next=https://evil.example/",
            {"login": "ada@example.com", "password": PASSWORD, "next": "https://evil.example/"},
        )

        assert response["Location"] == reverse("billing:overview")


class TestMessages:
    def test_say_once_that_somebody_signed_up(self, client, mailoutbox):
        asked = sign_up(client)
        done = client.post(
            reverse("account_email_verification_sent"),
            {"code": code_in(mailoutbox[0])},
            follow=True,
        )

        assert [str(message) for message in asked.context["messages"]] == []
        assert [str(message) for message in done.context["messages"]] == [
            "You are signed in as ada@example.com."
        ]

    def test_say_once_that_somebody_signed_in_by_code(self, client, mailoutbox):
        make_user(email="ada@example.com")

        asked = client.post(
            reverse("account_request_login_code"), {"email": "ada@example.com"}, follow=True
        )
        done = client.post(
            reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[0])}, follow=True
        )

        assert "We have sent a code to" in asked.text
        assert [str(message) for message in asked.context["messages"]] == []
        assert len(done.context["messages"]) == 1


class TestForgottenPassword:
    def test_is_replaced_with_a_code(self, client, mailoutbox):
        user = make_user(email="ada@example.com")
        client.post(reverse("account_reset_password"), {"email": "ada@example.com"})
        client.post(
            reverse("account_confirm_password_reset_code"), {"code": code_in(mailoutbox[0])}
        )

        page = client.get(reverse("account_complete_password_reset"))
        client.post(
            reverse("account_complete_password_reset"),
            {"password1": "another-good-one", "password2": "another-good-one"},
        )

        assert OUR_LAYOUT in page.text
        user.refresh_from_db()
        assert user.check_password("another-good-one")
        assert "If that was you, there is nothing to do" in mailoutbox[-1].body


class TestChangingTheAddress:
    def test_takes_the_password_again_and_then_the_code(self, client, mailoutbox):
        user = make_user(email="old@example.com")
        client.force_login(user)
        wanted = {"action_add": "", "email": "new@example.com"}
        refused = client.post(reverse("account_email"), wanted)
        client.post(refused["Location"], {"password": PASSWORD})

        client.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[0])})

        assert refused["Location"].startswith(reverse("account_reauthenticate"))
        user.refresh_from_db()
        assert user.email == "new@example.com"


class TestMails:
    def test_carry_the_sites_name_and_address_and_no_markup(self, client, mailoutbox, settings):
        settings.SITE_NAME, settings.SITE_URL = "Nörthwind & Co", "https://northwind.example"

        sign_up(client)

        mail = mailoutbox[0]
        assert "Nörthwind & Co\nhttps://northwind.example" in mail.body
        assert mail.subject.endswith("Your code to confirm this address")
