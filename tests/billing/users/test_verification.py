"""Who may buy: a user whose address of today is proven to be theirs."""

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from billing.users import EmailNotVerified, is_verified, require_verified_email
from tests.people import make_user

pytestmark = pytest.mark.django_db


def by_last_name(user):
    return user.last_name == "Verified"


class TestRequireVerifiedEmail:
    def test_passes_a_person_whose_address_is_verified(self):
        require_verified_email(make_user())

    def test_does_not_mind_letter_case(self):
        user = make_user(email="ada@example.com")
        user.email = "Ada@Example.com"
        user.save()

        require_verified_email(user)

    def test_refuses_an_unverified_address(self):
        with pytest.raises(EmailNotVerified) as caught:
            require_verified_email(make_user(email="ada@example.com", verified=False))

        assert caught.value.email == "ada@example.com"

    def test_refuses_when_only_an_older_address_was_verified(self):
        user = make_user(email="old@example.com")
        user.email = "new@example.com"
        user.save()
        EmailAddress.objects.create(user=user, email="new@example.com", verified=False)

        with pytest.raises(EmailNotVerified):
            require_verified_email(user)

    def test_refuses_when_another_person_verified_that_address(self):
        make_user(email="ada@example.com")
        user = make_user(email="bob@example.com")
        user.email = "ada@example.com"
        user.save()

        with pytest.raises(EmailNotVerified):
            require_verified_email(user)

    def test_refuses_a_user_who_was_switched_off(self):
        with pytest.raises(EmailNotVerified):
            require_verified_email(make_user(is_active=False))

    def test_refuses_nobody(self):
        with pytest.raises(EmailNotVerified):
            require_verified_email(AnonymousUser())


class TestIsVerified:
    def test_is_for_the_host_to_say(self, settings):
        settings.BILLING_EMAIL_VERIFICATION = f"{__name__}.by_last_name"

        assert is_verified(make_user(verified=False, last_name="Verified"))
        assert not is_verified(make_user(verified=True))

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
    def test_is_not_asked_of_who_cannot_buy(self, settings, fields):
        settings.BILLING_EMAIL_VERIFICATION = f"{__name__}.by_last_name"
        user = make_user(last_name="Verified")
        for name, value in fields.items():
            setattr(user, name, value)

        assert not is_verified(user)

    def test_is_true_of_nobody_where_nothing_says_it(self, monkeypatch):
        user = make_user()
        monkeypatch.delitem(apps.app_configs, "account")

        assert not is_verified(user)
