"""Requests that come together: one key is one operation, and a limit holds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from api import keys
from credits import audit, ledger
from credits.models import CreditTransaction
from tests.api.services import Service, make_account
from tests.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 16


def at_once(act):
    """Let every thread do it at the same moment; gives their answers."""
    barrier = Barrier(THREADS)

    def run(number):
        barrier.wait()
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


class TestOneKey:
    def test_is_one_spend(self, account, service):
        answers = at_once(lambda _number: service.post("/spends", {"credits": 7}, key="job:1"))

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        assert CreditTransaction.objects.filter(account=account, kind="SPEND").count() == 1
        assert ledger.balance(account) == 93
        assert list(audit.faults()) == []

    def test_with_other_bodies_is_one_spend_and_refusals(self, account, service):
        answers = at_once(
            lambda number: service.post("/spends", {"credits": number + 1}, key="job:1")
        )

        codes = sorted(answer.status_code for answer in answers)
        assert codes == [201] + [409] * (THREADS - 1)
        assert CreditTransaction.objects.filter(account=account, kind="SPEND").count() == 1

    def test_is_one_hold(self, account, service):
        answers = at_once(lambda _number: service.post("/holds", {"credits": 7}, key="job:1"))

        assert len({answer.text for answer in answers}) == 1
        assert (ledger.balance(account), account.holds.count()) == (93, 1)

    def test_is_one_grant(self, account, service):
        answers = at_once(lambda _number: service.post("/grants", {"credits": 7}, key="job:1"))

        assert len({answer.text for answer in answers}) == 1
        assert ledger.balance(account) == 107

    def test_is_one_capture(self, account, service):
        hold = service.post("/holds", {"credits": 10}, key="job:1").json()["id"]

        answers = at_once(lambda _number: service.post(f"/holds/{hold}/capture", {"credits": 7}))

        assert {answer.json()["captured"] for answer in answers} == {7}
        assert ledger.balance(account) == 93


class TestManyKeys:
    def test_spend_no_more_than_there_is(self, account, service):
        answers = at_once(lambda number: service.post("/spends", {"credits": 7}, key=str(number)))

        codes = sorted(answer.status_code for answer in answers)
        assert codes == [201] * 14 + [402] * 2
        assert ledger.balance(account) == 2
        assert list(audit.faults()) == []


class TestOwnKeys:
    def test_are_never_more_than_ten(self):
        account = make_account()

        def make(number):
            try:
                return keys.make_own(name=str(number), account=account, by="user:1")
            except keys.TooManyKeys:
                return None

        made = at_once(make)

        assert sum(one is not None for one in made) == keys.MOST_OWN
        assert keys.own(account).count() == keys.MOST_OWN


class TestOpeningAnAccount:
    def test_opens_one(self):
        service, user = Service.of(None), make_user()

        answers = at_once(lambda _number: service.post("/accounts", {"user": str(user.pk)}))

        assert {answer.status_code for answer in answers} <= {200, 201}
        assert {answer.json()["account"] for answer in answers} == {user.credit_account.pk}
