"""Reading over HTTP: balance, transactions page by page, people's accounts."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import ledger
from credits.models import Account
from tests.api.services import Service, make_account, problem
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account, scopes=["read"])


def anybody(user):
    """A host's own answer to whether an address is verified."""
    return True


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


class TestAccounts:
    def test_are_found_by_address_and_by_user(self, account):
        service = Service.of(None, scopes=["read"])
        found = [{"account": account.pk, "user": str(account.user_id)}]

        by_address = service.get("/accounts", email=account.user.email.upper()).json()
        by_user = service.get("/accounts", user=account.user_id).json()

        assert by_address == by_user == {"items": found}

    @pytest.mark.parametrize("by", ["user", "email"])
    def test_are_not_opened_by_a_look(self, by):
        user = make_user()
        query = {"user": user.pk} if by == "user" else {"email": user.email}

        answer = Service.of(None).get("/accounts", **query)

        assert answer.json() == {"items": [{"account": None, "user": str(user.pk)}]}
        assert not Account.objects.filter(user=user).exists()

    def test_are_not_found_by_an_address_that_nobody_verified(self, account):
        email = account.user.email
        make_account(user=make_user(email=email, verified=False))

        found = Service.of(None).get("/accounts", email=email).json()["items"]

        assert [item["account"] for item in found] == [account.pk]

    def test_are_found_by_any_address_where_none_is_verified(self, settings):
        settings.BILLING_EMAIL_VERIFICATION = f"{__name__}.anybody"
        account = make_account(user=make_user(verified=False))

        found = Service.of(None).get("/accounts", email=account.user.email).json()["items"]

        assert [item["account"] for item in found] == [account.pk]

    def test_of_people_who_were_switched_off_are_not_found_by_address(self):
        account = make_account(user=make_user(is_active=False))

        answer = Service.of(None).get("/accounts", email=account.user.email)

        assert answer.json() == {"items": []}

    def test_of_users_without_addresses_are_not_found_by_address(self, account, monkeypatch):
        monkeypatch.setattr(User, "EMAIL_FIELD", "mail_of_theirs")

        answer = Service.of(None).get("/accounts", email=account.user.email)

        assert answer.json() == {"items": []}

    def test_of_nobody_are_none(self):
        service = Service.of(None)
        nobody = max(User.objects.values_list("pk", flat=True), default=0) + 1

        assert service.get("/accounts", email="nobody@example.com").json() == {"items": []}
        assert service.get("/accounts", user=nobody).json() == {"items": []}
        assert service.get("/accounts", user="no-number").json() == {"items": []}

    @pytest.mark.parametrize("query", [{}, {"email": "a@example.com", "user": "1"}])
    def test_are_named_in_one_way(self, query):
        assert problem(Service.of(None).get("/accounts", **query)) == (422, "invalid_request")

    def test_are_nothing_for_a_key_of_one(self, service):
        answer = service.get("/accounts", email="a@example.com")

        assert problem(answer) == (403, "wrong_account")
