"""Grants over HTTP: for nothing, and once a key in the whole ledger."""

import pytest

from credits import ledger
from credits.models import Lot
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def service():
    return Service.of(None)


class TestGrant:
    def test_opens_a_lot_once(self, service, account):
        wanted = {
            "account": account.pk,
            "credits": 5,
            "expires_at": "2100-01-01T00:00:00+00:00",
            "description": "Welcome",
            "metadata": {"by": "Ada"},
        }

        answer = service.post("/grants", wanted, key="referral:81")
        again = service.post("/grants", wanted, key="referral:81")

        lot = Lot.objects.get(account=account)
        said = answer.json()
        assert answer.status_code == 201
        assert (lot.granted, lot.kind, lot.source) == (5, "PROMOTION", "api:farm:referral:81")
        assert (said["kind"], said["expires_at"]) == ("PROMOTION", "2100-01-01T00:00:00Z")
        assert said["transaction"]["idempotency_key"] == "referral:81"
        assert said["transaction"]["metadata"] == {"by": "Ada"}
        assert said["transaction"]["balance_after"] == 5
        assert again.json() == said
        assert ledger.balance(account) == 5

    @pytest.mark.parametrize(
        "other",
        [
            {"credits": 6},
            {"credits": 5, "expires_at": "2100-01-01T00:00:00Z"},
            {"credits": 5, "kind": "ALLOWANCE"},
            {"credits": 5, "description": "other"},
        ],
    )
    def test_refuses_another_request_with_the_same_key(self, service, account, other):
        service.post("/grants", {"account": account.pk, "credits": 5}, key="a")

        answer = service.post("/grants", {"account": account.pk, **other}, key="a")

        assert problem(answer) == (409, "key_reused")
        assert ledger.balance(account) == 5

    def test_refuses_its_key_for_another_account(self, service, account):
        service.post("/grants", {"account": account.pk, "credits": 5}, key="a")

        answer = service.post("/grants", {"account": make_account().pk, "credits": 5}, key="a")

        assert problem(answer) == (409, "key_reused")

    @pytest.mark.parametrize("kind", ["PURCHASE", "ADJUSTMENT", "nonsense"])
    def test_gives_nothing_that_would_have_been_paid_for(self, service, account, kind):
        answer = service.post(
            "/grants", {"account": account.pk, "credits": 5, "kind": kind}, key="a"
        )

        assert problem(answer) == (422, "invalid_request")

    @pytest.mark.parametrize(
        "expires_at",
        [
            "2100-01-01T00:00:00",
            "2100-01-01",
            "2100-13-01T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+12:00",
            4102444800,
            True,
        ],
    )
    def test_wants_an_instant_that_all_can_read(self, service, account, expires_at):
        answer = service.post(
            "/grants",
            {"account": account.pk, "credits": 5, "expires_at": expires_at},
            key="a",
        )

        assert problem(answer) == (422, "invalid_request")
        assert not Lot.objects.filter(account=account).exists()
