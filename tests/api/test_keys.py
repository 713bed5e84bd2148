"""Keys: made once, found by what a request carries, and never kept."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from api import keys
from api.models import ApiKey
from credits import users
from tests.api.services import make_account, make_key
from tests.people import make_user

pytestmark = pytest.mark.django_db


class TestMake:
    def test_gives_a_key_of_which_only_a_digest_is_kept(self):
        row, key = make_key()

        assert re.fullmatch(r"ck_[0-9a-f]{12}_[0-9a-f]{48}", key)
        secret = key.rpartition("_")[2]
        with connection.cursor() as cursor:
            cursor.execute("SELECT key::text FROM api_apikey AS key WHERE id = %s", [row.pk])
            [(kept,)] = cursor.fetchall()
        assert secret not in kept
        assert row.digest in kept

    def test_names_a_key_by_its_prefix(self):
        row, key = make_key(name="Farm")

        assert str(row) == f"Farm ({key[:15]}_…)"

    def test_makes_another_each_time(self):
        assert make_key()[1] != make_key()[1]


class TestFind:
    def test_says_who_asks_in_one_query(self):
        account = make_account()
        row, key = make_key(account=account, scopes=["spend", "read"], client="farm")
        keys.find(key)

        with CaptureQueriesContext(connection) as asked:
            caller = keys.find(key)

        assert caller == keys.Caller(row.pk, "farm", account.pk, ["read", "spend"])
        assert caller.actor == f"key:{row.pk}"
        assert len(asked) == 1

    def test_does_the_same_without_prepared_statements(self, settings):
        settings.CREDITS_PREPARED_STATEMENTS = False
        row, key = make_key(scopes=["read"])

        assert keys.find(key) == keys.Caller(row.pk, "farm", None, ["read"])

    @pytest.mark.parametrize("other", ["", "ck_", "nonsense", "ck_" + "0" * 12 + "_" + "0" * 48])
    def test_knows_no_other_key(self, other):
        make_key()

        with pytest.raises(keys.UnknownKey):
            keys.find(other)

    def test_knows_no_other_secret_of_a_prefix(self):
        _row, key = make_key()

        with pytest.raises(keys.UnknownKey):
            keys.find(key[:-1] + ("0" if key[-1] != "0" else "1"))

    def test_refuses_a_revoked_one(self):
        row, key = make_key()

        revoked = keys.revoke(key=row, by="staff:2")

        assert (revoked.revoked_by, revoked.is_usable) == ("staff:2", False)
        with pytest.raises(keys.RevokedKey):
            keys.find(key)

    def test_lets_nobody_revoke_it_twice(self):
        row, _key = make_key()
        first = keys.revoke(key=row, by="staff:2").revoked_at

        again = keys.revoke(key=row, by="staff:3")

        assert (again.revoked_at, again.revoked_by) == (first, "staff:2")

    def test_refuses_one_whose_time_is_over(self, time_machine_now):
        _row, key = make_key(expires_at=timezone.now() + timedelta(hours=1))
        keys.find(key)

        time_machine_now(timezone.now() + timedelta(hours=1))

        with pytest.raises(keys.ExpiredKey):
            keys.find(key)

    def test_refuses_one_of_an_account_whose_person_was_switched_off(self):
        user = make_user()
        _row, key = make_key(account=make_account(user=user))
        keys.find(key)

        user.is_active = False
        user.save()

        with pytest.raises(keys.RevokedKey):
            keys.find(key)

    def test_says_a_right_secret_only_that_a_key_was_revoked(self):
        row, key = make_key()
        keys.revoke(key=row, by="staff:2")

        with pytest.raises(keys.UnknownKey):
            keys.find(key[:-48] + "0" * 48)


class TestActiveUsers:
    @isolate_apps("tests.api")
    def test_are_asked_for_in_the_table_that_has_the_column(self):
        class Customer(User):
            parent = models.OneToOneField(User, models.CASCADE, parent_link=True, related_name="+")

            class Meta:
                app_label = "api"

        on, off = make_user(), make_user(is_active=False)

        with connection.cursor() as cursor:
            text = users.active_sql("asked.key", model=Customer)
            cursor.execute(
                f"SELECT {text} FROM unnest(%s) AS asked(key)",  # noqa: S608
                [[on.pk, off.pk, 4_711_000]],
            )
            found = [is_active for (is_active,) in cursor]

        assert found == [True, False, True]


class TestLastUse:
    def test_is_written_once_a_minute(self, time_machine_now):
        row, key = make_key()
        start = timezone.now()
        used = []
        for seconds in (0, 30, 59, 61):
            time_machine_now(start + timedelta(seconds=seconds))
            keys.find(key)
            row.refresh_from_db()
            used.append(row.last_used_at)

        assert [round((each - start).total_seconds()) for each in used] == [0, 0, 0, 61]

    def test_is_not_that_of_a_key_that_opens_nothing(self):
        row, key = make_key()
        keys.revoke(key=row, by="staff:2")

        with pytest.raises(keys.RevokedKey):
            keys.find(key)

        assert ApiKey.objects.get(pk=row.pk).last_used_at is None


class TestConstraints:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"scopes": []}, "api_key_scopes_known"),
            ({"scopes": ["read", "steal"]}, "api_key_scopes_known"),
            ({"digest": "secret"}, "api_key_kept_as_a_digest"),
            ({"prefix": "0123"}, "api_key_prefix_is_short"),
            ({"client": "a:b"}, "api_key_client_named"),
            ({"revoked_by": "staff:1"}, "api_key_revoked_by_somebody"),
            ({"revoked_at": timezone.now()}, "api_key_revoked_by_somebody"),
            (
                {"expires_at": timezone.now() - timedelta(days=1)},
                "api_key_expires_after_it_was_made",
            ),
        ],
    )
    def test_hold(self, fields, constraint):
        row, _key = make_key()

        with pytest.raises(IntegrityError, match=constraint):
            ApiKey.objects.filter(pk=row.pk).update(**fields)

    def test_one_key_has_a_prefix(self):
        row, _key = make_key()
        other, _other_key = make_key()

        with pytest.raises(IntegrityError, match="api_apikey_prefix"):
            ApiKey.objects.filter(pk=other.pk).update(prefix=row.prefix)
