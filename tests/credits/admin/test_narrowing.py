"""What a list shows at first, and the menus above it."""

import re

import pytest

from credits import holds
from credits.models import Account, Hold, Lot
from tests.credits.factories import make_lot
from tests.people import make_user
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return log_in(make_colleague("Support"))


@pytest.fixture
def account():
    account = Account.objects.for_user(make_user(email="ada@example.com"))
    make_lot(account=account, credits=100)
    return account


@pytest.fixture
def held(account):
    return holds.hold(account=account, credits=20, key="under way")


@pytest.fixture
def over(account):
    hold = holds.hold(account=account, credits=30, key="over")
    return holds.release(hold=hold)


def shown(client, **params):
    """List the rows that a page shows."""
    return list(client.get(page(Hold), params).context["cl"].result_list)


def menu(text, title):
    """Give the summary of one menu, and where its choices lead."""
    found = re.search(rf"<summary>\s*{title}\s*(.*?)</summary>\s*<ul>(.*?)</ul>", text, re.DOTALL)
    assert found
    return found[1].strip(), re.findall(r'href="([^"]*)"[^>]*>([^<]*)</a>', found[2])


class TestADefault:
    def test_hides_what_is_over(self, client, held, over):
        assert shown(client) == [held]

    def test_is_shown_as_if_somebody_had_chosen_it(self, client, held, over):
        text = client.get(page(Hold)).text

        summary, choices = menu(text, "Status")

        assert summary == "<strong>held</strong>"
        assert dict(map(reversed, choices))["released"] == "?status__exact=RELEASED"

    def test_goes_away_with_a_click_on_all(self, client, held, over):
        text = client.get(page(Hold)).text
        _summary, choices = menu(text, "Status")
        (everything,) = (url for url, name in choices if name == "All")

        found = client.get(page(Hold) + everything).context["cl"].result_list

        assert set(found) == {held, over}
        assert f'<a href="{everything}">Clear all filters</a>' in text

    def test_is_not_in_the_way_of_another_list(self, client, held, over, account):
        assert set(shown(client, account__id__exact=account.pk)) == {held, over}

    def test_is_not_in_the_way_of_a_search(self, client, held, over):
        text = client.get(page(Hold)).text

        assert 'name="status__exact"' not in text
        assert shown(client, q=over.pk) == [over]

    def test_a_search_keeps_what_somebody_chose(self, client, held, over):
        text = client.get(page(Hold), {"status__exact": "RELEASED"}).text

        assert '<input type="hidden" name="status__exact" value="RELEASED">' in text


class TestMenus:
    def test_a_list_without_a_default_says_nothing_is_chosen(self, client, account):
        text = client.get(page(Lot)).text

        summary, choices = menu(text, "Kind")

        assert summary == ""
        assert choices[0] == ("?", "All")
        assert "Clear all filters" not in text

    def test_stand_before_the_list(self, client, account):
        text = client.get(page(Lot)).text

        assert text.index('class="list-filters"') < text.index('id="result_list"')
        assert 'id="changelist-filter"' not in text
