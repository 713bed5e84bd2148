"""Where a buyer goes on afterwards, from the host's page to the purchase's."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Purchase
from billing.views import next_page
from tests.people import make_user

pytestmark = pytest.mark.django_db

TRAPS = [
    "https://evil.example",
    "//evil.example/",
    "///evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://app.example.com.evil.example/",
    "http://app.example.com@evil.example/",
    "/" + "x" * next_page.LONGEST,
    "\x00/",
    "/app/\x00",
]


class TestNext:
    def test_is_carried_from_the_window_through_checkout_to_the_end(self, client, shop):
        user, plan = make_user(), shop.plan()
        client.force_login(user)
        window = client.get(reverse("billing:plans"), {"next": "/app/?page=2"}).text
        [address] = re.findall(rf'href="(/billing/plans/{plan.slug}/[^"]*)"', window)

        page = client.get(unescape(address))
        form = page.context["form"]
        sent = {field.html_name: field.value() or "" for field in form}
        client.post(reverse("billing:buy", args=[plan.slug]), sent)

        assert Purchase.objects.get().next_url == "/app/?page=2"

    def test_comes_back_from_signing_up(self, client, shop):
        shop.plan()

        window = client.get(reverse("billing:plans"), {"next": "/app/"}).text

        [sign_up] = re.findall(r'href="(/accounts/signup/\?next=[^"]*billing[^"]*)"', window)
        plan_page = parse_qs(urlsplit(unescape(sign_up)).query)["next"][0]
        assert parse_qs(urlsplit(plan_page).query)["next"] == ["/app/"]

    def test_is_kept_by_the_other_currency_and_by_the_overview(self, client, shop, settings):
        client.force_login(make_user())
        shop.plan()
        shop.plan(currency="eur")

        shown = client.get(reverse("billing:overview"), {"next": "/app/"})

        assert "?next=%2Fapp%2F&amp;currency=eur" in shown.text
        assert 'name="next" value="/app/"' in shown.text

    @pytest.mark.parametrize("trap", TRAPS)
    def test_leads_nobody_elsewhere(self, client, shop, settings, trap):
        settings.BILLING_NEXT_HOSTS = ["app.example.com"]
        client.force_login(make_user())
        plan = shop.plan()

        client.post(reverse("billing:buy", args=[plan.slug]), {"form_token": uuid4(), "next": trap})

        assert [purchase.next_url for purchase in Purchase.objects.all()] in ([""], [])

    def test_may_be_a_page_of_a_host_that_is_allowed(self, rf, settings):
        settings.BILLING_NEXT_HOSTS = ["app.example.com"]
        request = rf.get("/")

        assert next_page.checked(request, "https://app.example.com/a") == (
            "https://app.example.com/a"
        )
        assert next_page.checked(rf.get("/", secure=True), "http://app.example.com/a") == ""
