"""Who may ask what: keys, scopes, accounts and how often."""

import logging
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api import keys
from api.models import Scope
from credits import ledger
from credits.models import CreditTransaction
from tests.api.services import Service, make_account, make_key, problem

pytestmark = pytest.mark.django_db

NEEDS = [
    ("read", "GET", "/balance"),
    ("read", "GET", "/transactions"),
    ("spend", "POST", "/spends"),
    ("spend", "POST", "/spends/many"),
    ("spend", "POST", "/give-backs"),
    ("spend", "POST", "/charges"),
    ("read", "GET", "/operations"),
    ("read", "GET", "/operations/x/cost"),
    ("read", "GET", "/usage"),
    ("read", "GET", "/transactions/1-1"),
    ("read", "GET", "/holds/1-1"),
    ("hold", "POST", "/holds"),
    ("hold", "POST", "/holds/1-1/capture"),
    ("hold", "POST", "/holds/1-1/release"),
    ("hold", "POST", "/holds/1-1/extend"),
    ("grant", "POST", "/grants"),
]


@pytest.fixture
def account():
    return make_account(credits=100)


def ask(service, method, path):
    return service.get(path) if method == "GET" else service.post(path, {"credits": 1}, key="a")


class TestKey:
    @pytest.mark.parametrize("given", ["", "Basic YTpi", "Bearer", "Bearer ", "ck_1"])
    def test_must_be_there(self, account, given):
        answer = Service("").post("/spends", {"credits": 1}, key="a", Authorization=given)

        assert problem(answer) == (401, "invalid_key")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="credits"'
        assert ledger.balance(account) == 100

    def test_must_be_a_key(self, account):
        answer = Service("ck_" + "0" * 12 + "_" + "0" * 48).post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (401, "invalid_key")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert answer.json()["detail"] == "There is no such key."

    def test_must_not_be_revoked(self, account):
        row, key = make_key(account=account)
        keys.revoke(key=row, by="staff:1")

        answer = Service(key).post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (401, "invalid_key")
        assert answer.json()["detail"] == "This key was revoked."
        assert ledger.balance(account) == 100

    def test_must_not_have_expired(self, account, time_machine_now):
        _row, key = make_key(account=account, expires_at=timezone.now() + timedelta(hours=1))
        time_machine_now(timezone.now() + timedelta(hours=2))

        answer = Service(key).post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (401, "invalid_key")
        assert answer.json()["detail"] == "This key has expired."
        assert ledger.balance(account) == 100

    def test_is_asked_for_before_the_body_is_read(self):
        answer = Service("").post("/spends", {"nonsense": 1})

        assert problem(answer) == (401, "invalid_key")


class TestScope:
    @pytest.mark.parametrize(("scope", "method", "path"), NEEDS)
    def test_is_needed(self, account, scope, method, path):
        others = [other for other in Scope.values if other != scope]

        answer = ask(Service.of(account, scopes=others), method, path)

        assert problem(answer) == (403, "missing_scope")
        assert answer.json()["scope"] == scope
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert CreditTransaction.objects.count() == 1

    @pytest.mark.parametrize(("scope", "method", "path"), NEEDS)
    def test_is_enough(self, account, scope, method, path):
        answer = ask(Service.of(account, scopes=[scope]), method, path)

        assert answer.status_code not in {401, 403}


class TestAccount:
    def test_of_another_key_is_refused(self, account):
        other = make_account(credits=5)

        answer = Service.of(account).post("/spends", {"credits": 1, "account": other.pk}, key="a")

        assert problem(answer) == (403, "wrong_account")
        assert ledger.balance(other) == 5

    def test_may_be_named_by_its_own_key(self, account):
        answer = Service.of(account).post("/spends", {"credits": 1, "account": account.pk}, key="a")

        assert answer.status_code == 201

    def test_must_be_named_by_a_key_to_all(self, account):
        answer = Service.of(None).post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"] == [{"field": "account", "message": "Name an account."}]


class TestLimit:
    def test_is_that_of_each_client(self, account, settings, time_machine_now):
        settings.API_REQUESTS_PER_MINUTE = 2
        time_machine_now(timezone.now().replace(second=20, microsecond=0))
        service, other = Service.of(account), Service.of(account, client="other")

        answers = [service.get("/balance") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert problem(answers[-1]) == (429, "too_many_requests")
        assert answers[-1].headers["Retry-After"] == "40"
        assert other.get("/balance").status_code == 200

    def test_is_no_new_one_for_a_new_key(self, account, settings, time_machine_now):
        settings.API_REQUESTS_PER_MINUTE = 1
        time_machine_now(timezone.now().replace(second=20, microsecond=0))
        Service.of(account).get("/balance")

        answer = Service.of(account).get("/balance")

        assert problem(answer) == (429, "too_many_requests")

    def test_is_over_with_the_minute(self, account, settings, time_machine_now):
        settings.API_REQUESTS_PER_MINUTE = 1
        service, now = Service.of(account), timezone.now().replace(second=20)
        time_machine_now(now)
        service.get("/balance")
        refused = service.get("/balance")

        time_machine_now(now + timedelta(seconds=int(refused.headers["Retry-After"])))

        assert service.get("/balance").status_code == 200

    def test_lets_nothing_happen(self, account, settings):
        settings.API_REQUESTS_PER_MINUTE = 1
        service = Service.of(account)
        service.get("/balance")

        service.post("/spends", {"credits": 1}, key="a")

        assert ledger.balance(account) == 100

    def test_is_none_where_the_site_sets_none(self, account, settings):
        settings.API_REQUESTS_PER_MINUTE = 0
        service = Service.of(account)

        assert {service.get("/balance").status_code for _ in range(3)} == {200}
        assert cache.get_many(["api"]) == {}

    def test_keeps_nobody_out_while_the_cache_is_away(self, account, settings, caplog):
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:9",
            }
        }
        service = Service.of(account)

        with caplog.at_level(logging.ERROR):
            answer = service.get("/balance")

        assert answer.status_code == 200
        assert "cache_unavailable" in caplog.messages


class TestCost:
    def test_of_a_spend_is_two_queries(self, account):
        service = Service.of(account)
        service.post("/spends", {"credits": 1}, key="a")

        with CaptureQueriesContext(connection) as asked:
            service.post("/spends", {"credits": 1}, key="b")

        assert len(asked) == 2, "the key, and the spend"
