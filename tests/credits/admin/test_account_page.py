"""Why a balance is what it is, on one page: the sum, the lots, the holds, who did what and why."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from credits import explanation, ledger
from credits.admin import account_page
from credits.models import Account, Hold, Lot
from tests.credits.back_door import open_back_door, write
from tests.credits.factories import (
    give_back,
    make_hold,
    make_lot,
    make_operation,
    make_spend,
    set_target,
)
from tests.people import make_user
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return log_in(make_colleague("Support"))


@pytest.fixture
def account():
    return Account.objects.for_user(make_user(email="ada@example.com"))


def text_of(client, account):
    return client.get(page(Account, "change", account.pk)).text


def sum_of(text):
    """Read the sum as somebody would."""
    found = re.search(r'<p class="sum">(.*?)</p>', text, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split())


class TestTheSum:
    def test_explains_the_balance(self, client, account):
        make_lot(account=account, credits=1500)
        give_back(make_spend(account=account, credits=120), 20)
        make_hold(account=account, credits=30)

        shown = text_of(client, account)

        assert sum_of(shown) == (
            "1,500 granted \N{MINUS SIGN} 120 spent + 20 given back \N{MINUS SIGN} 30 held"
            " = 1,370 can be spent now"
        )
        assert "does not add up" not in shown

    def test_is_there_before_anything_was_granted(self, client, account):
        assert sum_of(text_of(client, account)) == (
            "0 granted \N{MINUS SIGN} 0 spent = 0 can be spent now"
        )

    def test_says_so_where_it_does_not_add_up(self, client, account):
        make_lot(account=account, credits=50)
        open_back_door()
        write("UPDATE credits_account SET balance = 40 WHERE id = %s", [account.pk])

        assert "does not add up" in text_of(client, account)

    def test_says_so_where_the_history_is_too_long_to_add_up(self, client, account, monkeypatch):
        monkeypatch.setattr(explanation, "COUNTED", 1)
        make_lot(account=account, credits=50)
        make_spend(account=account, credits=5)

        assert "without what was given back" in text_of(client, account)


class TestLots:
    def test_are_drawn_and_said(self, account):
        lot = make_lot(account=account, credits=100)
        make_spend(account=account, credits=30)
        make_hold(account=account, credits=20)
        set_target(lot, 10)
        lot.refresh_from_db()

        drawn, said = account_page.bar(lot)

        assert said == "30 spent, 20 held, 10 taken back, 40 left"
        assert [(part.name, part.start, part.width) for part in drawn] == [
            ("spent", "0.00%", "30.00%"),
            ("held", "30.00%", "20.00%"),
            ("taken", "50.00%", "10.00%"),
            ("left", "60.00%", "40.00%"),
        ]

    def test_a_bar_says_its_numbers_to_who_cannot_see_it(self, client, account):
        make_lot(account=account, credits=100)

        assert 'role="img" aria-label="100 left"' in " ".join(text_of(client, account).split())

    def test_stand_in_the_order_in_which_they_are_spent(self, client, account):
        soon = timezone.now() + timedelta(days=1)
        used = make_lot(account=account, credits=10, expires_at=soon)
        make_spend(account=account, credits=10)
        last = make_lot(account=account, credits=10)
        first = make_lot(account=account, credits=10, expires_at=soon)

        found = client.get(page(Account, "change", account.pk)).context["lots"]

        assert [lot["link"] for lot in found] == [
            f'<a href="{page(Lot, "change", lot.pk)}">{lot.pk}</a>' for lot in (first, last, used)
        ]

    def test_lead_to_the_rest_where_there_are_more(self, client, account):
        for _ in range(account_page.SHOWN_LOTS + 1):
            make_lot(account=account, credits=10)

        assert f'{page(Lot)}?account__id__exact={account.pk}">All lots</a>' in text_of(
            client, account
        )


class TestHolds:
    def test_that_are_under_way_are_listed(self, client, account):
        make_lot(account=account, credits=100)
        make_operation(slug="transcribe", name="Transcribe a file")
        hold = make_hold(account=account, credits=20, operation="transcribe")

        shown = text_of(client, account)

        assert page(Hold, "change", hold.pk) in shown
        assert "Transcribe a file" in shown


class TestLatestOperations:
    def test_say_who_and_why(self, client, account):
        colleague = make_user(email="grace@example.com", is_staff=True)
        ledger.adjust(
            account=account, credits=10, reason="Sorry", actor=f"staff:{colleague.pk}", key="k"
        )
        make_spend(account=account, credits=3, description="Translate a document")

        spent, adjusted = client.get(page(Account, "change", account.pk)).context["latest"]

        assert (adjusted["who"], adjusted["why"]) == ("grace@example.com", "Sorry")
        assert (spent["who"], spent["why"]) == ("the application", "Translate a document")

    def test_of_several_lots_lead_to_the_operation(self, client, account):
        make_lot(account=account, credits=10)
        make_lot(account=account, credits=10)
        make_spend(account=account, credits=15)

        newest = client.get(page(Account, "change", account.pk)).context["latest"][0]

        assert "several lots" in newest["source"]


class TestCost:
    def test_is_the_same_for_a_long_history(self, client, account):
        def live():
            number = Lot.objects.count()
            make_operation(slug=f"operation-{number}")
            make_lot(account=account, credits=100)
            make_spend(account=account, credits=10, operation=f"operation-{number}")
            make_hold(account=account, credits=5, operation=f"operation-{number}")
            staff = make_user(email=f"colleague-{number}@example.com", is_staff=True)
            ledger.adjust(
                account=account,
                credits=1,
                reason="r",
                actor=f"staff:{staff.pk}",
                key=f"adjustment-{number}",
            )

        url = page(Account, "change", account.pk)
        live()
        client.get(url)
        few = queries_of(client, url)
        for _ in range(8):
            live()

        assert queries_of(client, url) == few
