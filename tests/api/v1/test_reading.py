"""Reading over HTTP: balance, and transactions page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import ledger
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account, scopes=["read"])


class TestBalance:
    def test_is_what_can_be_spent(self, service, account):
        assert service.get("/balance").json() == {
            "account": account.pk,
            "balance": 100,
            "held": 0,
        }

    def test_of_a_named_account(self, account):
        answer = Service.of(None).get("/balance", account=account.pk)

        assert answer.json()["balance"] == 100

    def test_of_an_account_that_is_not_there_is_not_found(self):
        answer = Service.of(None).get("/balance", account=4_711_000)

        assert problem(answer) == (404, "not_found")

    def test_of_no_account_is_refused(self):
        assert problem(Service.of(None).get("/balance")) == (422, "invalid_request")


class TestTransactions:
    @pytest.fixture
    def _five(self, account):
        for number in range(4):
            ledger.spend(account=account, credits=1, key=f"a:{number}")

    def numbers(self, page):
        return [item["number"] for item in page["items"]]

    @pytest.mark.usefixtures("_five")
    def test_come_newest_first_page_by_page(self, service):
        first = service.get("/transactions", limit=3).json()
        rest = service.get("/transactions", limit=3, cursor=first["next_cursor"]).json()

        assert (self.numbers(first), first["has_more"]) == ([5, 4, 3], True)
        assert (self.numbers(rest), rest["has_more"]) == ([2, 1], False)
        assert rest["next_cursor"] is None

    @pytest.mark.usefixtures("_five")
    def test_come_oldest_first_for_whoever_copies_them(self, service, account):
        first = service.get("/transactions", order="oldest", limit=3).json()
        second = service.get("/transactions", order="oldest", cursor=first["next_cursor"]).json()
        nothing = service.get("/transactions", order="oldest", cursor=second["next_cursor"]).json()
        ledger.spend(account=account, credits=1, key="later")
        later = service.get("/transactions", order="oldest", cursor=nothing["next_cursor"]).json()

        assert [self.numbers(page) for page in (first, second, nothing, later)] == [
            [1, 2, 3],
            [4, 5],
            [],
            [6],
        ]

    @pytest.mark.usefixtures("_five")
    def test_stay_where_they_were_when_more_happens(self, service, account):
        cursor = service.get("/transactions", limit=2).json()["next_cursor"]
        ledger.spend(account=account, credits=1, key="later")

        assert self.numbers(service.get("/transactions", cursor=cursor).json()) == [3, 2, 1]

    @pytest.mark.usefixtures("_five")
    def test_take_as_many_queries_however_many_they_are(self, service):
        def queries(limit):
            with CaptureQueriesContext(connection) as asked:
                service.get("/transactions", limit=limit)
            return len(asked)

        queries(1)
        assert queries(1) == queries(5) == 3

    def test_keep_key_and_metadata_to_whoever_wrote_them(self, account):
        farm = Service.of(account, client="farm")
        spent = farm.post("/spends", {"credits": 1, "metadata": {"a": "1"}}, key="k").json()
        ledger.spend(account=account, credits=1, key="host", metadata={"secret": 1})

        seen = Service.of(account, client="mill").get("/transactions").json()["items"]

        assert {(item["idempotency_key"], str(item["metadata"])) for item in seen} == {
            (None, "None")
        }
        assert farm.get(f"/transactions/{spent['id']}").json() == spent

    def test_of_another_account_are_not_there(self, service):
        other = make_account(credits=5)

        assert problem(service.get(f"/transactions/{other.pk}-1")) == (404, "not_found")
        assert problem(service.get("/transactions", account=other.pk)) == (403, "wrong_account")

    def test_that_are_not_there_are_not_found(self, service, account):
        assert problem(service.get(f"/transactions/{account.pk}-99")) == (404, "not_found")
        assert problem(service.get("/transactions/nonsense")) == (422, "invalid_request")

    def test_of_an_account_that_is_not_there_are_not_found(self):
        answer = Service.of(None).get("/transactions", account=4_711_000)

        assert problem(answer) == (404, "not_found")
