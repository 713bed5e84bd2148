"""Which address a user has, and who has an address."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser, User

from billing import users
from tests.people import make_user

pytestmark = pytest.mark.django_db


class TestAddress:
    def test_is_the_one_on_the_user(self):
        assert users.address(make_user(email="ada@example.com")) == "ada@example.com"

    def test_is_the_field_that_the_model_names(self, monkeypatch):
        monkeypatch.setattr(User, "EMAIL_FIELD", "username")

        assert users.address(User(username="ada@example.com", email="other")) == "ada@example.com"

    def test_is_empty_for_a_model_without_one(self, monkeypatch):
        monkeypatch.setattr(User, "EMAIL_FIELD", "no_such_field")

        assert users.address(make_user()) == ""

    def test_is_empty_for_who_is_not_signed_in(self):
        assert users.address(AnonymousUser()) == ""

    def test_of_old_is_among_all(self):
        user = make_user(email="new@example.com")
        EmailAddress.objects.create(user=user, email="old@example.com")

        assert users.addresses(user) == {"new@example.com", "old@example.com"}


class TestFind:
    def test_takes_a_primary_key(self):
        user = make_user()

        assert users.find(str(user.pk)) == user

    def test_takes_an_address_in_any_case(self):
        user = make_user(email="ada@example.com")

        assert users.find("Ada@Example.com") == user

    def test_takes_an_address_of_old(self):
        user = make_user()
        EmailAddress.objects.create(user=user, email="old@example.com")

        assert users.find("old@example.com") == user

    @pytest.mark.parametrize("name", ["", "0", "99999999999999999999", "no@example.com", "1.5"])
    def test_knows_nobody_else(self, name):
        make_user()

        assert users.find(name) is None

    def test_does_not_choose_between_two(self):
        first, second = make_user(email="a@example.com"), make_user(email="b@example.com")
        User.objects.update(email="shared@example.com")

        with pytest.raises(users.SeveralUsers, match="belongs to 2 users") as refused:
            users.find("shared@example.com")

        assert refused.value.keys == sorted([str(first.pk), str(second.pk)])
