"""Keys in the admin: made, shown once, revoked; and never in its history."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import keys
from api.models import ApiKey
from credits.admin import notes
from tests.api.services import make_account, make_key
from tests.people import make_staff, make_user
from tests.staff import log_in

pytestmark = pytest.mark.django_db

LIST = "/admin/api/apikey/"
KEY = re.compile(r"ck_[0-9a-f]{12}_[0-9a-f]{48}")


@pytest.fixture
def boss():
    return make_staff()


@pytest.fixture
def client(boss):
    return log_in(boss)


def fill(**fields):
    return {
        "name": "Farm",
        "client": "farm",
        "account": "",
        "scopes": ["read", "spend"],
        "expires_at_0": "",
        "expires_at_1": "",
        **fields,
    }


class TestMaking:
    def test_shows_the_key_once(self, client, boss):
        account = make_account()

        answer = client.post(f"{LIST}add/", fill(account=account.pk))

        [key] = KEY.findall(answer.text)
        row = ApiKey.objects.get()
        assert keys.find(key) == keys.Caller(row.pk, "farm", account.pk, ["read", "spend"])
        assert row.created_by == f"staff:{boss.pk}"
        assert "no-store" in answer.headers["Cache-Control"]
        for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", "/admin/"):
            assert key.rpartition("_")[2] not in client.get(page).text

    def test_leaves_no_key_in_the_history(self, client):
        answer = client.post(f"{LIST}add/", fill())

        [key] = KEY.findall(answer.text)
        entry = LogEntry.objects.get()
        assert entry.object_repr == f"Farm ({key[:15]}_…)"
        assert key.rpartition("_")[2] not in entry.change_message

    @pytest.mark.parametrize(
        "fields",
        [
            {"scopes": []},
            {"client": "a b"},
            {"name": ""},
            {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"},
        ],
    )
    def test_refuses_what_no_key_can_be(self, client, fields):
        answer = client.post(f"{LIST}add/", fill(**fields))

        assert answer.status_code == 200
        assert not ApiKey.objects.exists()
        assert not KEY.search(answer.text)

    def test_is_for_whoever_may(self):
        colleague = make_user(is_staff=True)
        colleague.user_permissions.add(
            Permission.objects.get(codename="view_apikey", content_type__app_label="api")
        )
        client = log_in(colleague)
        row, key = make_key()

        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}{row.pk}/revoke/").status_code == 403
        assert keys.find(key).key_id == row.pk


class TestRevoking:
    def test_is_one_page_and_a_note(self, client, boss):
        row, key = make_key()

        assert "opens nothing from now on" in client.get(f"{LIST}{row.pk}/revoke/").text
        client.post(f"{LIST}{row.pk}/revoke/")

        with pytest.raises(keys.RevokedKey):
            keys.find(key)
        assert ApiKey.objects.get().revoked_by == f"staff:{boss.pk}"
        assert notes.say(LogEntry.objects.get()) == "Revoked."

    def test_happens_once(self, client):
        row, _key = make_key()
        keys.revoke(key=row, by="staff:2")

        answer = client.post(f"{LIST}{row.pk}/revoke/", follow=True)

        assert "This key was revoked before." in answer.text
        assert ApiKey.objects.get().revoked_by == "staff:2"


class TestList:
    def test_finds_keys_by_how_they_begin_and_by_person(self, client):
        account = make_account(user=make_user(email="ada@example.com"))
        _row, key = make_key(account=account, name="Ada's")
        make_key(name="Another")

        for term in (key[3:15], "ada@"):
            shown = client.get(LIST, {"q": term}).text
            assert "Ada&#x27;s" in shown
            assert "Another" not in shown

    def test_parts_those_that_open_something(self, client):
        row, _key = make_key(name="Gone")
        keys.revoke(key=row, by="staff:1")
        make_key(name="Good")

        usable, over = (client.get(LIST, {"state": state}).text for state in ("usable", "over"))

        assert ("Good" in usable, "Gone" in usable) == (True, False)
        assert ("Good" in over, "Gone" in over) == (False, True)

    def test_cannot_be_changed_or_deleted(self, client):
        row, _key = make_key()

        client.post(f"{LIST}{row.pk}/change/", fill(name="Other"))

        assert client.post(f"{LIST}{row.pk}/delete/").status_code == 403
        assert ApiKey.objects.get().name == "Render farm"

    def test_takes_as_many_queries_however_many_they_are(self, client):
        def queries():
            with CaptureQueriesContext(connection) as asked:
                client.get(LIST)
            return len(asked)

        make_key(account=make_account())
        few = queries()
        for _ in range(5):
            make_key(account=make_account())

        assert queries() == few
