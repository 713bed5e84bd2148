"""The short way: what it skips, and what it leaves as it was."""

import pytest

from credits import ledger
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db

MIDDLEWARE = "api.middleware.short_way"


@pytest.fixture
def without(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


class TestShortWay:
    def test_answers_as_the_long_way_does(self, settings):
        account = make_account(credits=10)
        short = Service.of(account).post("/spends", {"credits": 1}, key="a")

        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]
        long = Service.of(account).post("/spends", {"credits": 1}, key="a")

        assert (short.status_code, short.json()) == (long.status_code, long.json())
        assert short.headers["Content-Length"] == long.headers["Content-Length"]
        assert ledger.balance(account) == 9

    def test_asks_for_no_language_and_no_session(self):
        answer = Service.of(make_account()).get("/balance")

        assert "Content-Language" not in answer.headers
        assert "Vary" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not answer.cookies

    def test_is_of_the_api_alone(self, client):
        assert client.get("/accounts/login/").headers["Content-Language"] == "en"
        assert client.get("/api/docs/").headers["Content-Language"] == "en"

    def test_answers_what_is_not_there(self):
        assert problem(Service("").get("/nothing")) == (404, "not_found")

    @pytest.mark.urls("tests.api.without_api")
    def test_is_none_where_the_api_is_not(self, client):
        assert client.get("/api/v1/balance").status_code == 418

    @pytest.mark.usefixtures("without")
    def test_is_not_needed(self):
        assert Service.of(make_account(credits=5)).get("/balance").json()["balance"] == 5
