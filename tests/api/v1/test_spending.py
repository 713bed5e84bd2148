"""Spends, one and many, and give-backs: what each does, and that a key does it once."""

import pytest

from credits import ledger
from credits.models import CreditTransaction, Lot
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


class TestSpend:
    def test_takes_credits(self, service, account):
        answer = service.post(
            "/spends",
            {"credits": 30, "description": "Report 17", "metadata": {"report": "17"}},
            key="report:17",
        )

        spent = CreditTransaction.objects.get(account=account, kind="SPEND")
        assert answer.status_code == 201
        assert answer.json() == {
            "id": f"{account.pk}-2",
            "account": account.pk,
            "number": 2,
            "kind": "SPEND",
            "amount": -30,
            "balance_after": 70,
            "undoes": None,
            "operation": "",
            "description": "Report 17",
            "idempotency_key": "report:17",
            "metadata": {"report": "17"},
            "created_at": spent.created_at.isoformat().replace("+00:00", "Z"),
        }
        assert spent.key == "api:farm:report:17"
        assert spent.actor.startswith("key:")
        assert ledger.balance(account) == 70

    def test_gives_the_first_answer_to_the_same_request(self, service, account):
        first = service.post("/spends", {"credits": 30, "metadata": {"a": "1"}}, key="a")
        service.post("/spends", {"credits": 1}, key="b")

        again = service.post("/spends", {"credits": 30, "metadata": {"a": "1"}}, key="a")

        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert ledger.balance(account) == 69

    @pytest.mark.parametrize(
        "other",
        [
            {"credits": 31},
            {"credits": 30, "description": "x"},
            {"credits": 30, "metadata": {"a": "1"}},
        ],
    )
    def test_refuses_another_request_with_the_same_key(self, service, account, other):
        service.post("/spends", {"credits": 30}, key="a")

        answer = service.post("/spends", other, key="a")

        assert problem(answer) == (409, "key_reused")
        assert ledger.balance(account) == 70

    def test_says_how_many_there_are_and_where_to_buy_more(self, service, account):
        answer = service.post("/spends", {"credits": 101}, key="a")

        assert problem(answer) == (402, "insufficient_credits")
        said = answer.json()
        assert (said["requested"], said["available"]) == (101, 100)
        assert said["buy_url"] == "http://testserver/billing/"
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize(
        ("setting", "address"),
        [
            ("/shop/", "http://testserver/shop/"),
            ("https://shop.example/credits", "https://shop.example/credits"),
            ("billing:overview", "http://testserver/billing/"),
            ("", None),
        ],
    )
    def test_sends_to_the_shop_that_the_site_names(self, service, settings, setting, address):
        settings.CREDITS_BUY_URL = setting

        answer = service.post("/spends", {"credits": 101}, key="a")

        assert answer.json()["buy_url"] == address

    def test_wants_a_key(self, service, account):
        answer = service.post("/spends", {"credits": 1})

        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"] == [
            {"field": "Idempotency-Key", "message": "Field required."}
        ]
        assert ledger.balance(account) == 100

    def test_of_two_clients_with_one_key_happens_twice(self, account):
        Service.of(account, client="farm").post("/spends", {"credits": 10}, key="job:1")
        other = Service.of(account, client="mill").post("/spends", {"credits": 10}, key="job:1")

        assert other.status_code == 201
        assert ledger.balance(account) == 80

    def test_of_two_keys_of_a_client_happens_once(self, account):
        first = Service.of(account).post("/spends", {"credits": 10}, key="job:1")
        again = Service.of(account).post("/spends", {"credits": 10}, key="job:1")

        assert again.json() == first.json()
        assert ledger.balance(account) == 90

    def test_of_the_hosts_own_key_is_another(self, service, account):
        ledger.spend(account=account, credits=10, key="job:1")

        service.post("/spends", {"credits": 10}, key="job:1")

        assert ledger.balance(account) == 80

    def test_for_an_account_that_is_not_there_is_not_found(self):
        answer = Service.of(None).post("/spends", {"credits": 1, "account": 4_711_000}, key="a")

        assert problem(answer) == (404, "not_found")


class TestSpendMany:
    def test_answers_each_in_its_place(self, service, account):
        answer = service.post(
            "/spends/many",
            {
                "spends": [
                    {"credits": 60, "idempotency_key": "a", "description": "one"},
                    {"credits": 60, "idempotency_key": "b"},
                    {"credits": 40, "idempotency_key": "c"},
                ]
            },
        )

        first, second, third = answer.json()["answers"]
        assert answer.status_code == 200
        assert first["transaction"]["balance_after"] == 40
        assert first["problem"] is None
        assert second["transaction"] is None
        assert second["problem"]["code"] == "insufficient_credits"
        assert (second["problem"]["requested"], second["problem"]["available"]) == (60, 40)
        assert third["transaction"]["balance_after"] == 0

    def test_gives_first_answers_and_refuses_other_requests(self, service, account):
        first = service.post(
            "/spends/many", {"spends": [{"credits": 1, "idempotency_key": "a"}]}
        ).json()

        again = service.post(
            "/spends/many",
            {
                "spends": [
                    {"credits": 1, "idempotency_key": "a"},
                    {"credits": 1, "idempotency_key": "a", "description": "other"},
                    {"credits": 2, "idempotency_key": "a"},
                ]
            },
        ).json()

        same, *others = again["answers"]
        assert same == first["answers"][0]
        assert [other["problem"]["code"] for other in others] == ["key_reused"] * 2
        assert ledger.balance(account) == 99

    def test_does_nothing_if_one_of_them_breaks_a_rule(self, service, account):
        answer = service.post(
            "/spends/many",
            {"spends": [{"credits": 1, "idempotency_key": "a"}, {"credits": 1}]},
        )

        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["field"] == "spends.1.idempotency_key"
        assert ledger.balance(account) == 100

    def test_does_nothing_if_one_of_them_is_for_another_account(self, service, account):
        other = make_account(credits=5)

        answer = service.post(
            "/spends/many",
            {
                "spends": [
                    {"credits": 1, "idempotency_key": "a"},
                    {"credits": 1, "idempotency_key": "b", "account": other.pk},
                ]
            },
        )

        assert problem(answer) == (403, "wrong_account")
        assert (ledger.balance(account), ledger.balance(other)) == (100, 5)


class TestGiveBack:
    def test_returns_credits_of_a_spend(self, service, account):
        spent = service.post("/spends", {"credits": 30}, key="a").json()["id"]

        answer = service.post("/give-backs", {"transaction": spent, "credits": 10}, key="b")
        again = service.post("/give-backs", {"transaction": spent, "credits": 10}, key="b")

        assert answer.status_code == 201
        assert answer.json()["undoes"] == spent
        assert answer.json()["amount"] == 10
        assert again.json() == answer.json()
        assert ledger.balance(account) == 80

    def test_returns_no_more_than_was_used(self, service, account):
        spent = service.post("/spends", {"credits": 30}, key="a").json()["id"]

        answer = service.post("/give-backs", {"transaction": spent, "credits": 31}, key="b")

        assert problem(answer) == (409, "nothing_to_give_back")
        assert ledger.balance(account) == 70

    def test_of_another_spend_with_the_same_key_is_refused(self, service, account):
        first, second = (
            service.post("/spends", {"credits": 30}, key=key).json()["id"] for key in "ab"
        )
        service.post("/give-backs", {"transaction": first, "credits": 10}, key="c")

        answer = service.post("/give-backs", {"transaction": second, "credits": 10}, key="c")

        assert problem(answer) == (409, "key_reused")

    def test_gives_back_no_grant(self, service, account):
        answer = service.post(
            "/give-backs", {"transaction": f"{account.pk}-1", "credits": 1}, key="b"
        )

        assert problem(answer) == (404, "not_found")
        assert Lot.objects.get(account=account).remaining == 100

    def test_gives_back_no_give_back(self, service, account):
        spent = service.post("/spends", {"credits": 30}, key="a").json()["id"]
        given = service.post("/give-backs", {"transaction": spent, "credits": 10}, key="b").json()

        answer = service.post("/give-backs", {"transaction": given["id"], "credits": 1}, key="c")

        assert problem(answer) == (409, "nothing_to_give_back")

    def test_gives_back_nothing_of_another_client(self, service, account):
        spent = service.post("/spends", {"credits": 30}, key="a").json()["id"]
        other = Service.of(account, client="site")

        answer = other.post("/give-backs", {"transaction": spent, "credits": 30}, key="a")

        assert other.get(f"/transactions/{spent}").status_code == 200
        assert problem(answer) == (404, "not_found")
        assert ledger.balance(account) == 70

    @pytest.mark.parametrize("reaches", ["one", "all"])
    def test_gives_back_nothing_of_the_hosts(self, account, reaches):
        spent = ledger.spend(account=account, credits=30, key="a")
        service = Service.of(account if reaches == "one" else None)

        answer = service.post(
            "/give-backs", {"transaction": f"{account.pk}-{spent.seq}", "credits": 30}, key="b"
        )

        assert problem(answer) == (404, "not_found")
        assert ledger.balance(account) == 70

    def test_gives_back_what_an_old_key_of_the_client_spent(self, service, account):
        spent = service.post("/spends", {"credits": 30}, key="a").json()["id"]

        answer = Service.of(account).post(
            "/give-backs", {"transaction": spent, "credits": 30}, key="b"
        )

        assert answer.status_code == 201

    def test_sees_nothing_of_another_account(self, service):
        other = make_account(credits=5)
        spent = ledger.spend(account=other, credits=5, key="a")

        answer = service.post(
            "/give-backs", {"transaction": f"{other.pk}-{spent.seq}", "credits": 1}, key="b"
        )

        assert problem(answer) == (404, "not_found")
