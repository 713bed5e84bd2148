"""What stays of a user's row where it cannot be deleted, whatever the model."""

from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import is_password_usable
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Lower
from django.test import Client
from django.test.utils import isolate_apps

from billing import users
from billing.privacy import log_ins
from tests.people import make_user

KEY = UUID("01234567-89ab-cdef-0123-456789abcdef")
JOINED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def host_user():
    """A user as another project has them: a UUID, an address of another name, no username."""
    with isolate_apps("billing"):

        class HostUser(AbstractBaseUser):
            id = models.UUIDField(primary_key=True)
            contact = models.EmailField(unique=True)
            nickname = models.CharField(max_length=8)
            bio = models.TextField(blank=True)
            phone = models.CharField(max_length=20, null=True)
            plan = models.CharField(max_length=5, choices=[("free", "Free")], default="free")
            extra = models.JSONField(default=dict)
            birthday = models.DateField(null=True)
            joined_at = models.DateTimeField()
            visits = models.IntegerField()

            EMAIL_FIELD = USERNAME_FIELD = "contact"

            class Meta:
                app_label = "billing"
                constraints = [models.UniqueConstraint(Lower("nickname"), name="nickname_once")]

        yield HostUser(
            id=KEY,
            contact="ada@example.com",
            nickname="ada",
            bio="Wrote the first program.",
            phone="+44 20",
            plan="paid",
            extra={"street": "St James's Square"},
            birthday=date(1815, 12, 10),
            joined_at=JOINED,
            visits=7,
        )


class TestNobody:
    def test_takes_out_what_any_model_says_of_a_person(self, host_user):
        values = log_ins.nobody(host_user)

        assert not is_password_usable(values.pop("password"))
        assert values == {
            "contact": f"erased-{KEY}@erased.invalid",
            "nickname": sha256(str(KEY).encode()).hexdigest()[:8],
            "bio": "",
            "phone": None,
            "plan": "free",
            "extra": {},
            "birthday": None,
        }


@pytest.mark.django_db
class TestWithoutAnApp:
    def test_of_sessions_there_are_none_to_end(self, monkeypatch):
        user = make_user()
        Client().force_login(user)
        monkeypatch.delitem(apps.app_configs, "sessions")

        assert users.end_sessions(user) == 0

        monkeypatch.undo()
        assert users.end_sessions(user) == 1
        assert not Session.objects.exists()

    def test_of_the_admin_there_is_no_log_to_clear(self, monkeypatch):
        user = make_user()
        monkeypatch.delitem(apps.app_configs, "admin")

        assert log_ins.clear_staff_log(user) == 0

    def test_of_allauth_the_row_goes_all_the_same(self, monkeypatch):
        user = make_user()
        monkeypatch.delitem(apps.app_configs, "account")

        log_ins.remove(user)

        assert not type(user).objects.filter(pk=user.pk).exists()
