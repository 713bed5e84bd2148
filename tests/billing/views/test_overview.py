from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import users
from billing.models import CreditPlan
from billing.views.overview import Beginning, Expiry
from credits import holds, ledger
from credits.models import Account, Lot
from credits.templatetags import moments
from tests.people import make_user

pytestmark = pytest.mark.django_db


def grant(account, credits, source, **kwargs):
    return ledger.grant(
        account=account, credits=credits, source=source, kind=Lot.Kind.PROMOTION, **kwargs
    )


@pytest.fixture
def account(client):
    user = make_user()
    client.force_login(user)
    return Account.objects.for_user(user)


class TestOverview:
    def test_shows_the_balance_and_how_long_it_lasts(self, client, account):
        grant(account, 1200, "a", expires_at=timezone.now() + timedelta(days=40))
        grant(account, 34, "b")

        text = client.get(reverse("billing:overview")).text

        assert '<span class="amount">1,234</span>' in text
        assert text.index("1,200") < text.index("forever")

    def test_adds_up_what_expires_at_one_instant(self, client, account):
        first = timezone.now() + timedelta(days=40)
        grant(account, 10, "a", expires_at=first)
        grant(account, 5, "b", expires_at=first)
        grant(account, 3, "c", expires_at=first + timedelta(hours=1))

        response = client.get(reverse("billing:overview"))

        assert response.context["expiries"] == [
            Expiry(at=first, credits=15),
            Expiry(at=first + timedelta(hours=1), credits=3),
        ]

    def test_shows_what_begins_later_and_counts_it_from_then_on(self, client, account):
        day = timezone.now() + timedelta(days=9)
        grant(account, 40, "later", starts_at=day)
        grant(account, 2, "begun", starts_at=timezone.now())
        hours_ago = timezone.now() - timedelta(hours=3)
        grant(account, 5, "unswept", at=hours_ago, starts_at=hours_ago + timedelta(hours=1))

        context = client.get(reverse("billing:overview")).context

        assert context["balance"] == 7
        assert context["beginnings"] == [Beginning(at=day, credits=40)]
        assert (context["expiries"], context["last_longer"]) == ([Expiry(None, 7)], 0)

    def test_shows_nothing_that_has_expired_swept_or_not(self, client, account):
        grant(
            account,
            55,
            "old",
            expires_at=timezone.now() - timedelta(seconds=1),
            at=timezone.now() - timedelta(days=2),
        )

        text = client.get(reverse("billing:overview")).text

        assert '<span class="amount">0</span>' in text
        assert '<span class="figure">55</span>' not in text

    def test_is_kind_to_somebody_who_has_nothing(self, client):
        client.force_login(make_user())

        text = client.get(reverse("billing:overview")).text

        assert "You have no credits yet" in text
        assert "No plan is on sale right now" in text
        assert not Account.objects.exists()

    def test_offers_plans_with_price_bonus_and_lifetime(self, client, account, shop):
        shop.plan(
            name="Studio",
            credits=500,
            bonus_credits=75,
            valid_for_days=180,
            is_featured=True,
            unit_amount=3900,
        )

        text = client.get(reverse("billing:overview")).text

        for words in ("Studio", "$39.00", "500 credits", "75 more", "180 days", "Featured"):
            assert words in text

    def test_calls_one_plan_the_best_value_and_lets_staff_feature_another(
        self, client, account, shop
    ):
        shop.plan(name="Small", credits=100, unit_amount=1000, is_featured=True, sort_order=1)
        shop.plan(name="Large", credits=100, bonus_credits=1, unit_amount=1000, sort_order=2)

        small, large = client.get(reverse("billing:overview")).text.split('class="card plan')[1:]

        assert "Featured" in small
        assert "Best value" not in small
        assert "Best value" in large
        assert "Featured" not in large

    def test_shows_times_that_add_up_to_the_balance(self, client, account):
        for days in range(1, 8):
            grant(account, 10, f"day-{days}", expires_at=timezone.now() + timedelta(days=days))

        context = client.get(reverse("billing:overview")).context

        assert [expiry.credits for expiry in context["expiries"]] == [10, 10, 10, 10]
        assert context["last_longer"] == 30

    def test_says_that_the_balance_is_low_by_the_sites_number_or_the_persons(
        self, client, account, shop, settings
    ):
        shop.plan(name="Large", unit_amount=5000)
        shop.plan(name="Small", unit_amount=900)
        grant(account, 15, "a")

        def shown():
            return client.get(reverse("billing:overview")).text

        assert "Your balance is low" not in shown()
        settings.CREDITS_LOW_BALANCE = 20
        assert "Your balance is low." in shown()
        assert "The cheapest plan is Small: $9.00." in shown()
        users.choose_low_balance(account.user, 15)
        assert "Your balance is low" not in shown()
        users.choose_low_balance(account.user, 16)
        assert "Your balance is low." in shown()

    def test_shows_what_is_reserved_and_until_when(self, client, account):
        grant(account, 50, "a")
        hold = holds.hold(account=account, credits=20, key="job", description="Interview")

        shown = client.get(reverse("billing:overview"))

        assert shown.context["balance"] == 30
        assert shown.context["reserved"] == 20
        assert "Interview" in shown.text
        assert moments.moment(hold.expires_at) in shown.text

    def test_gives_each_button_a_token_of_its_own(self, client, account, shop):
        shop.plan()
        shop.plan()

        offers = client.get(reverse("billing:overview")).context["offers"]

        assert len({form["form_token"].value() for _offer, form in offers}) == 2

    def test_hides_a_plan_that_was_taken_off_sale(self, client, account, shop):
        shop.plan(name="Studio")
        CreditPlan.objects.update(is_active=False)

        assert "Studio" not in client.get(reverse("billing:overview")).text

    def test_reminds_of_a_payment_page_left_open(self, client, account, shop):
        purchase = shop.open(user=account.user)

        text = client.get(reverse("billing:overview")).text

        assert reverse("billing:purchase", args=[purchase.uuid]) in text

    def test_asks_the_database_no_more_often_for_more_rows(
        self, client, account, shop, django_assert_max_num_queries
    ):
        for number in range(12):
            grant(account, 10, f"many-{number}", expires_at=timezone.now() + timedelta(days=9))
        for _ in range(4):
            shop.plan()

        client.get(reverse("billing:overview"))  # the language is noted once
        with django_assert_max_num_queries(11):
            client.get(reverse("billing:overview"))
