"""Holds over HTTP: placed once, captured, released."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits import holds, ledger
from credits.models import Hold
from tests.api.services import Service, make_account, problem

pytestmark = pytest.mark.django_db

BODIES = {"/capture": {"credits": 1}, "/release": {}, "/extend": {"lasts": 60}}


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


@pytest.fixture
def hold(service):
    """The name of a hold of 30."""
    return service.post("/holds", {"credits": 30, "lasts": 600}, key="job").json()["id"]


class TestHold:
    def test_sets_credits_aside(self, service, account):
        answer = service.post("/holds", {"credits": 30, "lasts": 600}, key="job")

        said, held = answer.json(), Hold.objects.get(account=account)
        assert answer.status_code == 201
        assert (said["status"], said["credits"], said["captured"]) == ("HELD", 30, 0)
        assert held.expires_at - held.created_at == timedelta(minutes=10)
        assert service.get("/balance").json() == {
            "account": account.pk,
            "balance": 70,
            "held": 30,
        }
        assert service.get(f"/holds/{said['id']}").json() == said

    def test_gives_the_first_answer_to_the_same_request(self, service, account):
        first = service.post("/holds", {"credits": 30, "metadata": {"a": "1"}}, key="job")
        again = service.post("/holds", {"metadata": {"a": "1"}, "credits": 30}, key="job")

        assert (again.status_code, again.json()) == (201, first.json())
        assert ledger.balance(account) == 70

    @pytest.mark.parametrize(
        "other",
        [
            {"credits": 31, "lasts": 600},
            {"credits": 30, "lasts": 601},
            {"credits": 30},
            {"credits": 30, "lasts": 600, "description": "other"},
        ],
    )
    def test_refuses_another_request_with_the_same_key(self, service, hold, other):
        assert problem(service.post("/holds", other, key="job")) == (409, "key_reused")

    def test_refuses_what_is_not_there(self, service, account):
        answer = service.post("/holds", {"credits": 101}, key="job")

        assert problem(answer) == (402, "insufficient_credits")
        assert ledger.balance(account) == 100

    def test_has_the_key_of_no_spend(self, service, hold):
        answer = service.post("/spends", {"credits": 30}, key="job")

        assert problem(answer) == (409, "key_reused")

    def test_shows_its_metadata_as_it_was_given(self, service):
        held = service.post("/holds", {"credits": 1, "metadata": {"a": "1"}}, key="other").json()

        shown = service.get(f"/transactions/{held['id']}").json()

        assert (shown["kind"], shown["metadata"]) == ("HOLD", {"a": "1"})
        assert shown["idempotency_key"] == "other"


class TestCapture:
    def test_spends_what_was_used_once(self, service, account, hold):
        answer = service.post(f"/holds/{hold}/capture", {"credits": 20})
        again = service.post(f"/holds/{hold}/capture", {"credits": 20})

        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["captured"]) == ("CAPTURED", 20)
        assert again.json() == answer.json()
        assert service.get("/balance").json()["balance"] == 80

    def test_refuses_more_than_is_held(self, service, account, hold):
        answer = service.post(f"/holds/{hold}/capture", {"credits": 31})

        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"] == [{"field": "credits", "message": "At most 30."}]
        assert Hold.objects.get(account=account).status == "HELD"

    def test_refuses_another_number_than_was_captured(self, service, hold):
        service.post(f"/holds/{hold}/capture", {"credits": 20})

        answer = service.post(f"/holds/{hold}/capture", {"credits": 21})

        assert problem(answer) == (409, "hold_closed")
        assert "CAPTURED, with 20 captured" in answer.json()["detail"]

    def test_can_be_given_back(self, service, hold):
        service.post(f"/holds/{hold}/capture", {"credits": 20})

        answer = service.post("/give-backs", {"transaction": hold, "credits": 5}, key="b")

        assert answer.json()["balance_after"] == 85


class TestRelease:
    def test_lets_all_go_once(self, service, hold):
        answer = service.post(f"/holds/{hold}/release")
        again = service.post(f"/holds/{hold}/release")

        assert (answer.status_code, answer.json()["status"]) == (200, "RELEASED")
        assert again.json() == answer.json()
        assert service.get("/balance").json()["balance"] == 100

    def test_refuses_one_that_was_captured(self, service, hold):
        service.post(f"/holds/{hold}/capture", {"credits": 20})

        assert problem(service.post(f"/holds/{hold}/release")) == (409, "hold_closed")


class TestExtend:
    def test_lets_it_last_longer_and_never_less_long(self, service, hold):
        before = service.get(f"/holds/{hold}").json()["expires_at"]

        longer = service.post(f"/holds/{hold}/extend", {"lasts": 3600})
        again = service.post(f"/holds/{hold}/extend", {"lasts": 60})

        assert longer.status_code == 200
        assert before < longer.json()["expires_at"] == again.json()["expires_at"]
        assert service.get(f"/holds/{hold}").json() == again.json()

    def test_goes_as_far_as_the_site_allows(self, service, account, settings):
        settings.CREDITS_HOLD_LONGEST_MINUTES = 30
        hold = service.post("/holds", {"credits": 1, "lasts": 3600}, key="long").json()["id"]

        service.post(f"/holds/{hold}/extend", {"lasts": 360_000})

        held = Hold.objects.get(account=account)
        assert held.expires_at - held.created_at == timedelta(minutes=30)

    def test_refuses_one_that_is_closed(self, service, hold):
        service.post(f"/holds/{hold}/release")

        answer = service.post(f"/holds/{hold}/extend", {"lasts": 60})

        assert problem(answer) == (409, "hold_closed")


class TestLateCapture:
    @pytest.fixture
    def _swept(self, hold):
        holds.expire_holds(at=timezone.now() + timedelta(hours=1))

    @pytest.mark.usefixtures("_swept")
    def test_is_paid_for_from_the_balance_once(self, service, account, hold):
        answer = service.post(f"/holds/{hold}/capture", {"credits": 20})
        again = service.post(f"/holds/{hold}/capture", {"credits": 20})

        said = answer.json()
        assert (answer.status_code, said["status"], said["late"]["amount"]) == (200, "EXPIRED", -20)
        assert again.json() == said
        assert ledger.balance(account) == 80

    @pytest.mark.usefixtures("_swept")
    def test_can_be_given_back(self, service, account, hold):
        late = service.post(f"/holds/{hold}/capture", {"credits": 20}).json()["late"]["id"]

        service.post("/give-backs", {"transaction": late, "credits": 20}, key="b")

        assert ledger.balance(account) == 100

    @pytest.mark.usefixtures("_swept")
    def test_finds_nothing_where_nothing_is(self, service, account, hold):
        ledger.spend(account=account, credits=100, key="all")

        answer = service.post(f"/holds/{hold}/capture", {"credits": 20})

        assert problem(answer) == (409, "hold_closed")

    @pytest.mark.usefixtures("_swept")
    def test_is_given_back_by_nobody_else(self, service, account, hold):
        late = service.post(f"/holds/{hold}/capture", {"credits": 20}).json()["late"]["id"]
        other = Service.of(account, client="site")

        answer = other.post("/give-backs", {"transaction": late, "credits": 20}, key="b")

        assert problem(answer) == (404, "not_found")
        assert ledger.balance(account) == 80

    def test_of_the_hosts_hold_is_given_back_by_no_key(self, service, account):
        held = holds.hold(account=account, credits=30, key="a")
        holds.expire_holds(at=timezone.now() + timedelta(hours=25))
        late = holds.capture(hold=held, credits=20).late
        assert late is not None

        answer = service.post(
            "/give-backs", {"transaction": f"{account.pk}-{late.seq}", "credits": 20}, key="b"
        )

        assert problem(answer) == (404, "not_found")
        assert ledger.balance(account) == 80


@pytest.mark.parametrize("act", ["/capture", "/release", "/extend"])
class TestOfAnotherClient:
    def test_is_seen_and_stays_as_it_is(self, account, hold, act):
        other = Service.of(account, client="site")
        before = Hold.objects.values().get(account=account)

        answer = other.post(f"/holds/{hold}{act}", BODIES[act])

        assert other.get(f"/holds/{hold}").status_code == 200
        assert problem(answer) == (404, "not_found")
        assert Hold.objects.values().get(account=account) == before

    def test_of_the_hosts_own_is_left_to_the_host(self, service, account, act):
        held = holds.hold(account=account, credits=30, key="a")

        answer = service.post(f"/holds/{account.pk}-{held.transaction.seq}{act}", BODIES[act])

        assert problem(answer) == (404, "not_found")
        assert holds.capture(hold=held, credits=30).status == "CAPTURED"


class TestOfAnotherAccount:
    @pytest.mark.parametrize("act", ["", "/capture", "/release", "/extend"])
    def test_is_not_there(self, service, act):
        other = make_account(credits=5)
        held = holds.hold(account=other, credits=5, key="a")
        name = f"{other.pk}-{held.transaction.seq}"

        answer = (
            service.post(f"/holds/{name}{act}", BODIES[act])
            if act
            else service.get(f"/holds/{name}")
        )

        assert problem(answer) == (404, "not_found")
        held.refresh_from_db()
        assert held.status == "HELD"

    def test_can_be_reached_with_a_key_to_all(self):
        other = make_account(credits=5)
        service = Service.of(None)
        held = service.post("/holds", {"credits": 5, "account": other.pk}, key="a").json()["id"]

        assert service.post(f"/holds/{held}/release").json()["status"] == "RELEASED"
