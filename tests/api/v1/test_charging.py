"""The price list over HTTP: costs, charges by it, and usage."""

from decimal import Decimal

import pytest
from django.utils import timezone

from credits import ledger
from credits.models import CreditTransaction, Operation
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


@pytest.fixture
def transcribe():
    return Operation.objects.create(
        slug="transcribe", name="Transcription", base=2, per_unit=Decimal("1.5"), unit="minute"
    )


class TestPriceList:
    def test_has_what_can_be_charged_for(self, service, transcribe):
        Operation.objects.create(slug="old", name="Old", base=1, is_active=False)

        assert service.get("/operations").json() == {
            "items": [
                {
                    "operation": "transcribe",
                    "name": "Transcription",
                    "base": 2,
                    "per_unit": "1.5",
                    "unit": "minute",
                }
            ]
        }

    @pytest.mark.parametrize(("units", "credits"), [("1", 4), ("2", 5), ("0.5", 3), ("0", 2)])
    def test_tells_a_cost(self, service, transcribe, units, credits):
        said = service.get("/operations/transcribe/cost", units=units).json()

        assert said == {"operation": "transcribe", "units": units, "credits": credits}

    def test_knows_no_other(self, service):
        answer = service.get("/operations/nothing/cost")

        assert problem(answer) == (404, "unknown_operation")

    @pytest.mark.parametrize("units", ["-1", "x", "1e3", "0.0000001", ""])
    def test_wants_a_number_of_units(self, service, transcribe, units):
        answer = service.get("/operations/transcribe/cost", units=units)

        assert problem(answer) == (422, "invalid_request")


class TestCharge:
    def test_spends_what_it_costs(self, service, account, transcribe):
        answer = service.post(
            "/charges",
            {"operation": "transcribe", "units": "12", "metadata": {"file": "7"}},
            key="file:7",
        )

        said = answer.json()
        assert (answer.status_code, said["credits"]) == (201, 20)
        assert said["transaction"]["operation"] == "transcribe"
        assert said["transaction"]["description"] == "Transcription"
        assert said["transaction"]["metadata"] == {"file": "7", "units": "12"}
        assert ledger.balance(account) == 80

    def test_costs_what_it_cost_whatever_the_price_is_by_then(self, service, account, transcribe):
        body = {"operation": "transcribe", "units": "12"}
        first = service.post("/charges", body, key="file:7")
        Operation.objects.update(base=50, is_active=False)

        again = service.post("/charges", body, key="file:7")

        assert (again.status_code, again.json()) == (201, first.json())
        assert ledger.balance(account) == 80

    @pytest.mark.parametrize(
        "other",
        [
            {"operation": "transcribe", "units": "13"},
            {"operation": "transcribe", "units": "12", "description": "other"},
            {"operation": "translate", "units": "12"},
        ],
    )
    def test_refuses_another_request_with_the_same_key(self, service, account, transcribe, other):
        Operation.objects.create(slug="translate", name="Translation", base=20)
        service.post("/charges", {"operation": "transcribe", "units": "12"}, key="file:7")

        answer = service.post("/charges", other, key="file:7")

        assert problem(answer) == (409, "key_reused")
        assert ledger.balance(account) == 80

    def test_of_nothing_keeps_nothing(self, service, account):
        Operation.objects.create(slug="look", name="Look")

        answer = service.post("/charges", {"operation": "look"}, key="a")

        assert answer.json() == {"credits": 0, "transaction": None}
        assert CreditTransaction.objects.filter(account=account).count() == 1

    def test_of_nothing_is_not_found_where_there_is_no_account(self):
        Operation.objects.create(slug="look", name="Look")

        answer = Service.of(None).post(
            "/charges", {"account": 4_711_000, "operation": "look"}, key="a"
        )

        assert problem(answer) == (404, "not_found")

    def test_needs_credits(self, service, account, transcribe):
        answer = service.post("/charges", {"operation": "transcribe", "units": "99"}, key="a")

        assert problem(answer) == (402, "insufficient_credits")
        assert answer.json()["requested"] == 151
        assert ledger.balance(account) == 100

    def test_needs_an_operation_that_there_is(self, service, transcribe):
        Operation.objects.update(is_active=False)

        for slug in ("transcribe", "nothing"):
            answer = service.post("/charges", {"operation": slug}, key="a")
            assert problem(answer) == (404, "unknown_operation")

    def test_writes_the_units_itself(self, service, transcribe):
        answer = service.post(
            "/charges", {"operation": "transcribe", "metadata": {"units": "1"}}, key="a"
        )

        assert problem(answer) == (422, "invalid_request")


class TestUsage:
    def test_is_by_operation_and_day(self, service, account, transcribe):
        service.post("/charges", {"operation": "transcribe", "units": "12"}, key="a")
        service.post("/spends", {"credits": 5}, key="b")
        service.post("/spends", {"credits": 3, "operation": "image"}, key="c")

        said = service.get("/usage", days=7).json()

        today = timezone.now().date().isoformat()
        assert (said["account"], said["last_day"], said["credits"]) == (account.pk, today, 28)
        assert [(use["operation"], use["uses"], use["credits"]) for use in said["operations"]] == [
            ("transcribe", 1, 20),
            ("", 1, 5),
            ("image", 1, 3),
        ]
        assert said["operations"][0]["by_day"] == [{"day": today, "credits": 20}]

    def test_of_an_account_that_is_not_there_is_not_found(self):
        answer = Service.of(None).get("/usage", account=4_711_000)

        assert problem(answer) == (404, "not_found")
