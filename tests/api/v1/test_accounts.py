"""People's accounts over HTTP: found by address and key, and opened."""

import pytest
from django.contrib.auth.models import User

from credits.models import Account
from tests.api.services import Service, make_account, problem
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.fixture
def service(account):
    return Service.of(account)


def anybody(user):
    """A host's own answer to whether an address is verified."""
    return True


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


class TestOpening:
    def test_gives_a_person_an_account_once(self):
        service, user = Service.of(None, scopes=["grant"]), make_user()

        opened = service.post("/accounts", {"user": str(user.pk)})
        again = service.post("/accounts", {"user": str(user.pk)})

        account = Account.objects.get(user=user)
        assert (opened.status_code, again.status_code) == (201, 200)
        assert opened.json() == again.json() == {"account": account.pk, "user": str(user.pk)}

    def test_lets_credits_be_granted_to_whoever_had_none(self):
        service, user = Service.of(None), make_user()
        [found] = service.get("/accounts", email=user.email).json()["items"]

        opened = service.post("/accounts", {"user": found["user"]}).json()
        granted = service.post("/grants", {"account": opened["account"], "credits": 5}, key="a")

        assert found["account"] is None
        assert granted.json()["transaction"]["balance_after"] == 5

    @pytest.mark.parametrize("user", ["no-number", "999999999", "0" * 64])
    def test_is_not_found_for_nobody(self, user):
        answer = Service.of(None).post("/accounts", {"user": user})

        assert problem(answer) == (404, "not_found")
        assert not Account.objects.exists()

    def test_wants_the_scope_grant(self):
        service = Service.of(None, scopes=["read", "spend", "hold"])

        answer = service.post("/accounts", {"user": str(make_user().pk)})

        assert problem(answer) == (403, "missing_scope")

    def test_is_nothing_for_a_key_of_one(self, service):
        answer = service.post("/accounts", {"user": str(make_user().pk)})

        assert problem(answer) == (403, "wrong_account")
        assert Account.objects.count() == 1
