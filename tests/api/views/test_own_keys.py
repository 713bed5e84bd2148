"""Keys of one's own: they read one's own account, and are shown once."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import keys
from api.models import ApiKey
from credits import ledger
from credits.models import Account
from tests.api.services import Service, make_account, make_key, problem
from tests.people import make_user

pytestmark = pytest.mark.django_db

PAGE = "/api/keys/"
KEY = re.compile(r"ck_[0-9a-f]{12}_[0-9a-f]{48}")


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def client(client, user):
    client.force_login(user)
    return client


class TestMaking:
    def test_shows_a_key_that_reads_ones_own_account(self, client, user):
        account = make_account(credits=7, user=user)

        answer = client.post(PAGE, {"name": "Spreadsheet"})

        [key] = KEY.findall(answer.text)
        service = Service(key)
        assert service.get("/balance").json()["balance"] == 7
        assert problem(service.post("/spends", {"credits": 1}, key="a")) == (403, "missing_scope")
        assert problem(service.get("/balance", account=account.pk + 1)) == (403, "wrong_account")
        assert ApiKey.objects.get().created_by == f"user:{user.pk}"
        assert ledger.balance(account) == 7

    def test_shows_it_once(self, client):
        [key] = KEY.findall(client.post(PAGE, {"name": "Spreadsheet"}).text)

        shown = client.get(PAGE)

        assert "Spreadsheet" in shown.text
        assert key[:15] in shown.text
        assert key.rpartition("_")[2] not in shown.text
        assert "no-store" in shown.headers["Cache-Control"]

    def test_wants_a_name(self, client):
        answer = client.post(PAGE, {"name": " "})

        assert "This field is required." in answer.text
        assert not ApiKey.objects.exists()

    def test_ends_at_ten(self, client, user):
        account = make_account(user=user)
        rows = [
            make_key(account=account, created_by=f"user:{user.pk}", scopes=["read"])[0]
            for _ in range(keys.MOST_OWN)
        ]

        refused = client.post(PAGE, {"name": "One more"})
        keys.revoke(key=rows[0], by=f"user:{user.pk}")
        made = client.post(PAGE, {"name": "One more"})

        assert "Revoke one before you make another." in refused.text
        assert KEY.search(made.text)

    def test_is_for_people_who_are_signed_in(self, client):
        client.logout()

        assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")
        assert client.post(PAGE, {"name": "a"}).status_code == 302
        assert not ApiKey.objects.exists()

    def test_opens_no_account_by_looking(self, client, user):
        client.get(PAGE)

        assert not Account.objects.filter(user=user).exists()


class TestRevoking:
    def test_ends_a_key_of_ones_own(self, client, user):
        [key] = KEY.findall(client.post(PAGE, {"name": "Spreadsheet"}).text)

        answer = client.post(f"{PAGE}{key[3:15]}/revoke/", follow=True)

        assert "The key Spreadsheet opens nothing any more." in answer.text
        assert "Revoked: it opens nothing." in answer.text
        with pytest.raises(keys.RevokedKey):
            keys.find(key)

    def test_reaches_no_key_of_another_person_nor_of_staff(self, client, user):
        theirs, _key = make_key(account=make_account(), created_by="user:0")
        staffs, _key = make_key(account=make_account(user=user), created_by="staff:1")

        for row in (theirs, staffs):
            assert client.post(f"{PAGE}{row.prefix}/revoke/").status_code == 404
            row.refresh_from_db()
            assert row.is_usable

    def test_is_no_link(self, client):
        assert client.get(f"{PAGE}0123456789ab/revoke/").status_code == 405


class TestCost:
    def test_of_the_page_is_the_same_for_any_number_of_keys(self, client, user):
        account = make_account(user=user)

        def queries():
            with CaptureQueriesContext(connection) as asked:
                client.get(PAGE)
            return len(asked)

        queries()  # the zone is asked once a session
        few = queries()
        for _ in range(5):
            make_key(account=account, created_by=f"user:{user.pk}", scopes=["read"])

        assert queries() == few
