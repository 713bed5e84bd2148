"""What credits were used for, as staff see it."""

import pytest
from django.urls import reverse

from credits.models import Account, Operation
from tests.credits.factories import make_account, make_operation, make_spend
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

URL = "admin:credits_operation_usage"


@pytest.fixture
def accounts():
    make_operation(slug="image", name="Large image")
    accounts = [make_account(credits=5000) for _ in range(2)]
    for account in accounts:
        make_spend(account=account, credits=1200, operation="image")
    return accounts


@pytest.fixture
def client():
    return log_in(make_colleague("Support"))


@pytest.mark.usefixtures("accounts")
class TestUsage:
    def test_adds_up_what_everybody_used(self, client):
        shown = client.get(reverse(URL))

        assert shown.context["rows"] == [("Large image", "image", "2", "2,400")]
        assert "In 30 days 2,400 credits were used." in shown.text
        assert "style=" not in shown.text

    def test_is_reached_from_the_price_list_and_from_an_account(self, client, accounts):
        account = accounts[0]

        assert reverse(URL) in client.get(page(Operation)).text
        address = f"{reverse(URL)}?account={account.pk}"
        assert address in client.get(page(Account, "change", account.pk)).text
        assert client.get(address).context["rows"][0][3] == "1,200"

    @pytest.mark.parametrize("query", ["account=x", "account=0", "account=", "days=8", "days=x"])
    def test_goes_no_other_way(self, client, query):
        assert client.get(f"{reverse(URL)}?{query}").status_code == 404

    def test_is_not_for_those_who_see_no_transactions(self):
        client = log_in(make_colleague("Catalog"))

        assert client.get(reverse(URL)).status_code == 403
        assert reverse(URL) not in client.get(page(Operation)).text

    def test_says_so_where_nothing_was_used(self, client):
        account = make_account()

        assert "No credits were used" in client.get(f"{reverse(URL)}?account={account.pk}").text

    def test_takes_as_many_queries_for_many_rows_as_for_few(self, client, accounts):
        client.get(reverse(URL))
        few = queries_of(client, reverse(URL))

        for number in range(12):
            make_spend(account=accounts[0], operation=f"operation-{number}")

        assert queries_of(client, reverse(URL)) == few
