"""What goes wrong: bodies that are none, values that cannot be, a database that is away."""

import json
import logging
import sys

import pytest
from django.core.signals import got_request_exception
from django.db import connection
from django.views.debug import ExceptionReporter

from api.v1 import problems, refusing
from credits import ledger
from tests.api.services import Service, make_account, make_key, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


def send(service, body, *, content_type="application/json", path="/spends", **headers):
    return service.client.post(
        f"/api/v1{path}",
        body,
        content_type=content_type,
        headers=service.headers() | {"Idempotency-Key": "a"} | headers,
    )


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"nonsense", b"\xff\xfe", b'{"credits": 1', b"[" * 100_000, b"1" * 5_000],
        ids=["none", "cut", "words", "bytes", "open", "deep", "long number"],
    )
    def test_that_is_not_json_is_refused(self, service, account, body):
        answer = send(service, body)

        assert problem(answer) in {(400, "not_json"), (422, "invalid_request")}
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize("body", [b"null", b"[]", b'"credits"', b"5", b"true", b"NaN"])
    def test_that_is_no_object_is_refused(self, service, account, body):
        assert problem(send(service, body)) == (422, "invalid_request")
        assert ledger.balance(account) == 100

    def test_that_is_too_large_is_refused_unread(self, service, account, settings):
        settings.API_MAX_BODY_BYTES = 100

        answer = send(service, json.dumps({"credits": 1, "description": "a" * 100}).encode())

        assert problem(answer) == (413, "body_too_large")
        assert ledger.balance(account) == 100

    def test_that_is_too_large_for_django_is_refused(self, service, account, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

        assert problem(send(service, b'{"credits": 1        }')) == (413, "body_too_large")

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    )
    def test_of_another_type_is_refused(self, service, account, content_type):
        answer = send(service, b'{"credits": 1}', content_type=content_type)

        assert problem(answer) == (415, "not_json_type")
        assert ledger.balance(account) == 100

    def test_may_say_its_characters(self, service):
        answer = send(service, b'{"credits": 1}', content_type="application/json; charset=utf-8")

        assert answer.status_code == 201


class TestValues:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"credits": "1"}, "credits"),
            ({"credits": 1.5}, "credits"),
            ({"credits": True}, "credits"),
            ({"credits": None}, "credits"),
            ({"credits": 0}, "credits"),
            ({"credits": -1}, "credits"),
            ({"credits": 2**53}, "credits"),
            ({"credits": 10**400}, "credits"),
            ({}, "credits"),
            ({"credits": 1, "credit": 1}, "credit"),
            ({"credits": 1, "account": "1"}, "account"),
            ({"credits": 1, "account": 2**63}, "account"),
            ({"credits": 1, "description": 1}, "description"),
            ({"credits": 1, "description": "a" * 256}, "description"),
            ({"credits": 1, "description": "a\0"}, "description"),
            ({"credits": 1, "metadata": []}, "metadata"),
            ({"credits": 1, "metadata": {"a": 1}}, "metadata.a"),
            ({"credits": 1, "metadata": {"a": {"b": "c"}}}, "metadata.a"),
            ({"credits": 1, "metadata": {"a": "\0"}}, "metadata.a"),
            ({"credits": 1, "metadata": {"_request": "a"}}, "metadata._request.[key]"),
            ({"credits": 1, "metadata": {str(n): "" for n in range(51)}}, "metadata"),
        ],
        ids=str,
    )
    def test_that_cannot_be_are_named(self, service, account, body, field):
        answer = service.post("/spends", body, key="a")

        assert problem(answer) == (422, "invalid_request")
        assert field in [error["field"] for error in answer.json()["errors"]]
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize("credits", [b"5.0", b"5e0"])
    def test_may_be_whole_in_other_words(self, service, account, credits):
        assert send(service, b'{"credits": ' + credits + b"}").status_code == 201
        assert ledger.balance(account) == 95

    def test_with_half_of_a_character_are_refused(self, service, account):
        answer = send(service, b'{"credits": 1, "description": "\\ud800"}')

        assert problem(answer) == (422, "invalid_request")
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize("key", [" ", "a b", "é", "a" * 129])
    def test_of_an_idempotency_key_are_letters_and_few(self, service, account, key):
        answer = service.post("/spends", {"credits": 1}, key=key)

        assert problem(answer) == (422, "invalid_request")
        assert ledger.balance(account) == 100

    def test_of_the_longest_idempotency_key_fit_the_ledger(self, account):
        service = Service.of(account, client="c" * 32)

        answer = service.post("/spends", {"credits": 1}, key="a" * 128)

        assert answer.json()["idempotency_key"] == "a" * 128

    def test_of_a_query_that_nobody_knows_are_refused(self, service):
        answer = service.get("/transactions", acount=1)

        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"] == [{"field": "acount", "message": "Unknown."}]

    def test_of_more_names_than_anybody_reads_are_refused(self, service):
        answer = service.get("/transactions", **{f"name{number}": 1 for number in range(1001)})

        assert problem(answer) == (422, "invalid_request")
        assert [error["field"] for error in answer.json()["errors"]] == ["query"]

    def test_with_many_mistakes_are_told_of_the_first_ones(self, service):
        spends = [{"credits": 0} for _ in range(400)]

        answer = service.post("/spends/many", {"spends": spends})

        assert problem(answer) == (422, "invalid_request")
        assert len(answer.json()["errors"]) == refusing.MOST_ERRORS

    @pytest.mark.parametrize(
        "query",
        [
            {"limit": 0},
            {"limit": 201},
            {"limit": "many"},
            {"cursor": "x"},
            {"cursor": "9" * 19},
            {"order": "none"},
            {"account": 2**63},
        ],
        ids=str,
    )
    def test_of_a_query_that_cannot_be_are_refused(self, service, query):
        assert problem(service.get("/transactions", **query)) == (422, "invalid_request")


class TestAddress:
    @pytest.mark.parametrize(
        "path",
        ["/nothing", "/spends/", "/spends/1/2", "/balance.json", "/%0Ab", "/spends%0A"],
    )
    def test_that_is_none_is_not_found(self, service, path):
        assert problem(service.get(path)) == (404, "not_found")
        assert problem(service.post(path, {})) == (404, "not_found")

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
    def test_takes_its_own_method_alone(self, service, method):
        answer = getattr(service.client, method)("/api/v1/spends", headers=service.headers())

        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"
        assert answer.headers["Content-Type"] == "application/problem+json"


class TestDatabase:
    @pytest.mark.django_db(transaction=True)
    def test_away_is_said_and_nothing_happened(self, account, service, monkeypatch, caplog):
        with monkeypatch.context() as patched:
            connection.close()
            patched.setitem(connection.settings_dict, "HOST", "/nonexistent")
            answers = [
                service.post("/spends", {"credits": 1}, key="a"),
                service.get("/balance"),
            ]
            connection.close()

        for answer in answers:
            assert problem(answer) == (503, "unavailable")
            assert answer.headers["Retry-After"] == str(problems.RETRY_AFTER)
        assert "database_unavailable" in caplog.messages
        assert ledger.balance(account) == 100
        assert service.post("/spends", {"credits": 1}, key="a").status_code == 201

    @pytest.mark.django_db(transaction=True)
    def test_lost_before_the_spend_is_the_same(self, account, service):
        service.get("/balance")

        def cut(execute, sql, params, many, context):
            if "credits_draw" in sql:
                execute("SELECT pg_terminate_backend(pg_backend_pid())", None, False, context)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(cut):
            answer = service.post("/spends", {"credits": 1}, key="a")
        connection.close()

        assert problem(answer) == (503, "unavailable")
        assert ledger.balance(account) == 100

    @pytest.mark.django_db(transaction=True)
    def test_that_only_reads_is_the_same(self, account, service):
        """As a server that was the primary until a failover."""
        service.get("/balance")
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        answer = service.post("/spends", {"credits": 1}, key="a")
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")

        assert problem(answer) == (503, "unavailable")
        assert ledger.balance(account) == 100


class TestTransactions:
    @pytest.mark.django_db(transaction=True)
    def test_are_the_verbs_own_where_a_project_wraps_requests(
        self, account, service, settings, monkeypatch
    ):
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "short_way" not in name]
        seen = []

        def look(execute, sql, params, many, context):
            seen.append(connection.in_atomic_block)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(look):
            answer = service.post("/spends", {"credits": 1}, key="a")

        assert answer.status_code == 201
        assert set(seen) == {False}


def fail(execute, sql, params, many, context):
    if "credits_draw" in sql:
        raise ZeroDivisionError
    return execute(sql, params, many, context)


def fail_at_once(*_arguments):
    raise ZeroDivisionError


@pytest.fixture
def reports():
    """What Django would mail to the site's admins, as text and as a page."""
    written = []

    def report(*, request, **_values):
        reporter = ExceptionReporter(request, *sys.exc_info())
        written.extend([reporter.get_traceback_text(), reporter.get_traceback_html()])

    got_request_exception.connect(report)
    yield written
    got_request_exception.disconnect(report)


class TestFailure:
    def test_is_a_problem_and_is_noted(self, account, caplog):
        _row, key = make_key(account=account)
        service = Service(key, raises=False)

        with connection.execute_wrapper(fail):
            answer = service.post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (500, "failed")
        assert "api_failed" in caplog.messages
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize("fault", [fail, fail_at_once])
    def test_shows_no_key_in_logs_and_reports(self, account, caplog, reports, fault):
        _row, key = make_key(account=account)

        with connection.execute_wrapper(fault), caplog.at_level(logging.DEBUG):
            answer = Service(key, raises=False).post("/spends", {"credits": 1}, key="a")

        assert problem(answer) == (500, "failed")
        assert len(reports) == 2
        assert all("ZeroDivisionError" in report for report in reports)
        secret = key.rpartition("_")[2]
        assert secret not in "".join([*reports, answer.text, caplog.text])
