"""The shop window for everybody, and the page of one plan."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import catalog
from billing.checkout import canceling
from billing.models import CreditPlan, PlanPrice, Purchase
from tests.people import make_user
from tests.shop import make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    def page(language="en", **query):
        return client.get(reverse("billing:plans"), query, headers={"Accept-Language": language})

    return page


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def price_in(plan, **amounts):
    for currency, unit_amount in amounts.items():
        catalog.set_price(plan=plan, currency=currency, unit_amount=unit_amount)


def cookies_of(response):
    return sorted(response.cookies)


class TestTheWindow:
    def test_shows_what_each_plan_costs_and_brings(self, page, shop):
        shop.plan(name="Starter", credits=100, unit_amount=999, sort_order=1)
        shop.plan(
            name="Studio",
            credits=500,
            bonus_credits=75,
            unit_amount=3900,
            valid_for_days=90,
            is_featured=True,
            sort_order=2,
        )

        text = " ".join(page().text.split())

        for words in (
            "Starter",
            "$9.99",
            "100 credits",
            "$0.0999 a credit",
            "Never expire",
            "$39.00",
            "and 75 more as a bonus",
            "$0.0678 a credit",
            "32% less",
            "Good for 90 days",
            "Featured",
        ):
            assert words in text
        assert text.count("Best value") == 1
        assert text.index("Studio") < text.index("Best value") or "Best value" in text

    def test_shows_limits_of_several_and_of_any_amount(self, page, shop):
        shop.plan(name="Boxes", quantity_maximum=5)
        shop.plan_by_amount(name="As you like")

        text = " ".join(page().text.split())

        assert "Up to 5 at once" in text
        assert "$5.00 to $500.00" in text
        assert "10 credits for each $1.00" in text
        assert "rounded down" not in text

    def test_says_where_parts_of_a_credit_are_rounded(self, page, shop):
        shop.plan_by_amount(credits=3, step=1)

        assert "Parts of a credit are rounded down" in page().text

    def test_leaves_out_what_nobody_can_buy_and_compares_with_none_of_it(self, page, shop):
        shop.plan(name="On sale", unit_amount=1000)
        shop.plan(name="Switched off", unit_amount=5000, is_active=False)
        shop.plan(name="Dearer in euros", unit_amount=9000, currency="eur")
        withdrawn = shop.plan(name="Withdrawn", unit_amount=6000)
        catalog.withdraw(PlanPrice.objects.get(plan=withdrawn))
        make_plan(name="Without a price")

        text = page().text

        assert "On sale" in text
        for name in (
            "Switched off",
            "Dearer",
            "Withdrawn",
            "Without a price",
            "Best value",
            "less",
        ):
            assert name not in text.split("<main")[1]

    def test_says_so_when_nothing_is_on_sale(self, page):
        assert "No plan is on sale right now" in page().text

    def test_asks_the_database_once_however_many_plans(
        self, client, page, shop, django_assert_num_queries
    ):
        for number in range(3):
            price_in(shop.plan(name=f"Plan {number}"), eur=900)
        page()

        with django_assert_num_queries(1):
            page()


class TestStrangers:
    def test_get_a_page_that_a_shared_cache_may_keep(self, page, shop):
        shop.plan()

        response = page()

        assert response.status_code == 200
        assert cookies_of(response) == []
        assert response["Cache-Control"] == "public, max-age=300"
        assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))
        assert "csrf" not in response.text

    def test_get_the_same_page_twice(self, shop):
        shop.plan()
        address = reverse("billing:plans")

        assert Client().get(address).content == Client().get(address).content

    def test_who_have_just_signed_out_get_a_page_of_their_own(self, client, page, user, shop):
        shop.plan()
        client.post(reverse("account_logout"))

        first, second = page(), page()

        assert "You are signed out" in first.text
        assert "no-store" in first["Cache-Control"]
        assert "public" not in first["Cache-Control"]
        assert "You are signed out" not in second.text
        assert second["Cache-Control"] == "public, max-age=300"

    def test_switch_the_language_by_a_form_without_a_secret(self, shop):
        client = Client(enforce_csrf_checks=True)

        response = client.post(
            reverse("set_language"), {"language": "zh-hans", "next": reverse("billing:plans")}
        )
        text = client.get(response["Location"]).text

        assert 'lang="zh-hans"' in text

    def test_buy_by_signing_up_and_coming_back_to_the_plan(self, client, page, shop):
        plan = shop.plan(name="Starter")

        text = page().text

        sign_up = reverse("account_signup")
        back = f"/billing/plans/{plan.slug}/%3Fcurrency%3Dusd"
        assert f'href="{sign_up}?next={back.replace("/", "%2F")}"' in text

    def test_are_sent_to_sign_up_from_a_plans_own_page(self, client, shop):
        plan = shop.plan()
        address = f"/billing/plans/{plan.slug}/?currency=usd"

        response = client.get(address)

        leads_to = urlsplit(response["Location"])
        assert leads_to.path == reverse("account_signup")
        assert parse_qs(leads_to.query) == {"next": [address]}
        assert "no-store" in response["Cache-Control"]

    def test_sign_up_where_the_project_says(self, client, page, shop, settings):
        settings.BILLING_SIGNUP_URL = "/join/"
        shop.plan()

        assert 'href="/join/?next=' in page().text

    def test_of_a_layout_that_wants_a_cookie_get_a_page_of_their_own(self, page, shop, settings):
        settings.TEMPLATES = [
            {
                **settings.TEMPLATES[0],
                "DIRS": [],
                "APP_DIRS": False,
                "OPTIONS": {
                    **settings.TEMPLATES[0]["OPTIONS"],
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {
                                "billing/layout.html": "{% csrf_token %}"
                                "{% block billing_content %}{% endblock %}"
                            },
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ]
        assert get_template("billing/layout.html")

        response = page()

        assert cookies_of(response) == ["csrftoken"]
        assert "no-store" in response["Cache-Control"]
        assert "public" not in response["Cache-Control"]


class TestPeopleWhoAreSignedIn:
    def test_see_the_same_plans_fresh_and_go_straight_to_one(self, page, user, shop):
        plan = shop.plan(name="Starter")

        response = page()

        assert "no-store" in response["Cache-Control"]
        assert f'href="/billing/plans/{plan.slug}/?currency=usd"' in response.text
        assert "Sign out" in response.text


class TestCurrency:
    @pytest.fixture
    def plan(self, shop):
        plan = shop.plan(unit_amount=1000)
        price_in(plan, eur=900, gbp=800, cny=7000, jpy=1500)
        return plan

    @pytest.mark.parametrize(
        ("language", "query", "currency"),
        [
            ("en-us", {}, "usd"),
            ("en-GB,en;q=0.9", {}, "gbp"),
            ("fr-FR,en-GB;q=0.8,en;q=0.5", {}, "gbp"),  # of the language that the page is in
            ("en", {}, "usd"),
            ("en-CH", {}, "usd"),  # nothing is sold in francs
            ("zh-CN", {}, "cny"),
            ("zh-Hans", {}, "cny"),
            ("en-GB", {"currency": "jpy"}, "jpy"),
            ("en-GB", {"currency": "JPY"}, "jpy"),
            ("en-GB", {"currency": "chf"}, "gbp"),
            ("en-GB", {"currency": "<script>"}, "gbp"),
            ("xx-??", {}, "usd"),
        ],
    )
    def test_is_chosen_or_that_of_the_languages_country_or_the_sites(
        self, page, plan, language, query, currency
    ):
        assert page(language, **query).context["currency"] == currency

    def test_of_the_site_is_used_where_the_country_has_no_price(self, page, shop, settings):
        settings.BILLING_CURRENCY = "eur"
        price_in(shop.plan(currency="eur"), jpy=1500)

        assert page("en-US").context["currency"] == "eur"

    def test_that_is_sold_is_used_where_the_sites_is_not(self, page, shop):
        shop.plan(currency="eur")

        assert page().context["currency"] == "eur"

    def test_is_chosen_by_links_and_kept_in_the_address(self, page, plan):
        response = page(currency="eur")

        assert cookies_of(response) == []
        assert response["Cache-Control"] == "public, max-age=300"
        assert 'href="/billing/plans/?currency=gbp"' in response.text
        assert "€9.00" in response.text
        assert "%3Fcurrency%3Deur" in response.text

    def test_alone_is_no_choice(self, page, shop):
        shop.plan()

        assert "?currency=usd" not in page().text

    def test_of_the_last_purchase_comes_first_for_its_buyer(self, client, user, plan, shop):
        shop.open(user=user, plan=plan, currency="eur")

        for name, arguments in (("overview", []), ("plan", [plan.slug])):
            response = client.get(
                reverse(f"billing:{name}", args=arguments), headers={"Accept-Language": "en-GB"}
            )
            assert response.context["currency"] == "eur"

    def test_is_one_in_which_the_plan_is_sold(self, client, user, shop):
        shop.plan()
        plan = shop.plan(currency="eur")

        response = client.get(reverse("billing:plan", args=[plan.slug]), {"currency": "usd"})

        assert response.context["currency"] == "eur"


class TestOnePlan:
    def test_is_bought_by_the_form_on_its_page(self, client, user, shop):
        plan = shop.plan_by_amount(name="As you like")
        address = reverse("billing:plan", args=[plan.slug])

        response = client.get(address)
        token = response.context["form"]["form_token"].value()
        client.post(
            reverse("billing:buy", args=[plan.slug]),
            {"form_token": token, "currency": "usd", "amount": "5.00"},
        )

        assert 'min="5.00" max="500.00" step="0.50"' in response.text
        assert "no-store" in response["Cache-Control"]
        assert Purchase.objects.get().credits == 50

    def test_asks_for_no_number_where_there_is_one(self, client, user, shop):
        text = client.get(reverse("billing:plan", args=[shop.plan().slug])).text

        assert 'type="number"' not in text

    def test_compares_with_the_other_plans(self, client, user, shop):
        shop.plan(unit_amount=2000)
        plan = shop.plan(unit_amount=1000)

        assert "50% less" in " ".join(
            client.get(reverse("billing:plan", args=[plan.slug])).text.split()
        )

    @pytest.mark.parametrize("slug", ["nothing", "off"])
    def test_off_sale_is_said_in_words(self, client, user, shop, slug):
        shop.plan(slug="off", is_active=False)

        response = client.get(reverse("billing:plan", args=[slug]))

        assert response.status_code == 404
        assert "This plan is not on sale any more" in response.text


class TestCancel:
    def press(self, client, purchase):
        return client.post(reverse("billing:cancel", args=[purchase.uuid]), follow=True)

    def test_ends_a_purchase_that_waits(self, client, user, shop):
        purchase = shop.open(user=user)
        page = client.get(reverse("billing:purchase", args=[purchase.uuid]))

        response = self.press(client, purchase)

        assert "Cancel this purchase" in page.text
        assert "This purchase was not paid, and is over." in response.text
        assert "Cancel this purchase" not in response.text

    def test_says_that_it_was_too_late(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.pay(purchase)

        response = self.press(client, purchase)

        assert "It was too late to cancel" in response.text
        assert "100 credits were added" in response.text

    def test_says_that_stripe_does_not_answer(self, client, user, shop):
        purchase = shop.open(user=user)
        shop.stripe.switch(api_down=True)

        assert "was not canceled" in self.press(client, purchase).text

    def test_is_the_buyers_alone(self, client, user, shop):
        purchase = shop.open()

        assert self.press(client, purchase).status_code == 404
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN

    def test_is_a_button_and_not_a_link(self, client, user, shop):
        purchase = shop.open(user=user)

        assert client.get(reverse("billing:cancel", args=[purchase.uuid])).status_code == 405

    def test_is_not_offered_to_who_comes_back_from_paying(self, client, user, shop):
        purchase = shop.open(user=user)
        address = reverse("billing:purchase", args=[purchase.uuid])

        assert "Cancel this purchase" not in client.get(address, {"returned": "paid"}).text

    def test_is_offered_while_stripe_was_never_reached(self, client, user, shop):
        plan = shop.plan(quantity_maximum=3)
        shop.stripe.switch(api_down=True)
        client.post(
            reverse("billing:buy", args=[plan.slug]),
            {"form_token": "00000000-0000-4000-8000-000000000000", "quantity": 3},
        )
        shop.stripe.switch(api_down=False)
        purchase = Purchase.objects.get()

        page = client.get(reverse("billing:purchase", args=[purchase.uuid]))

        assert "Cancel this purchase" in page.text
        assert 'name="quantity" value="3"' in page.text
        assert self.press(client, purchase).status_code == 200
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED


def test_a_plan_that_was_edited_is_bought_on_its_new_terms(shop):
    purchase = shop.open(plan=shop.plan(credits=100))
    CreditPlan.objects.update(credits=120, updated_at=timezone.now() + timedelta(seconds=1))

    again = shop.open(user=purchase.account.user, plan=purchase.plan)

    assert (again.credits, canceling.cancel(purchase, user=purchase.account.user).is_over) == (
        120,
        True,
    )
