"""Since when a primary key is the buyer's, for user models of other projects."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.test.utils import isolate_apps

from billing.reconciliation.restoring import known_since
from credits.models import Account
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_host_user():
    """Users without a day on which they joined, keyed as told."""

    def make(field, key):
        with isolate_apps("billing"):

            class HostUser(AbstractBaseUser):
                id = field(primary_key=True)

                class Meta:
                    app_label = "billing"

        return HostUser(id=key)

    return make


class TestKnownSince:
    def test_is_when_they_joined(self):
        user = make_user()

        assert known_since(user) == user.date_joined

    def test_is_ever_for_a_random_key(self, make_host_user):
        user = make_host_user(models.UUIDField, uuid4())

        assert known_since(user) == datetime.min.replace(tzinfo=UTC)

    def test_is_the_account_where_the_model_does_not_say(self, make_host_user):
        account = Account.objects.for_user(make_user())
        user = make_host_user(models.BigIntegerField, account.user_id)

        assert known_since(user) == account.created_at

    def test_is_unknown_without_one(self, make_host_user):
        assert known_since(make_host_user(models.BigIntegerField, make_user().pk)) is None
