"""The page of automatic top-up: card, words, rule, what it charged, and the ways out."""

import html
import re

import pytest
from django.urls import reverse

from billing.models import CardSetup, Consent, CreditPlan, SavedCard, TopUp, TopUpRule
from billing.stripe_gateway.objects import PaymentIntent
from billing.topups import charging, fulfilling, rules
from tests.billing.topups.factories import (
    charged,
    charges,
    queued,
    save_card,
    switch_on,
)
from tests.people import make_user
from tests.staff import queries_of

pytestmark = pytest.mark.django_db

PAGE = "/billing/top-up/"


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def token_in(answer):
    return html.unescape(value_in(answer.text, "token"))


def value_in(text, name):
    """What a form on the page sends under this name."""
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found, name
    return found[1]


def save_a_card(client, **values):
    """Tick the box on the page that was just shown, and send it."""
    text = client.get(PAGE).text
    return client.post(
        "/billing/top-up/card/", {"agree": "yes", "token": value_in(text, "token")}, **values
    )


def review(client, plan, **values):
    form = {"price": plan.prices.get().pk, "threshold": 50, "monthly_limit": "30.00", **values}
    return client.post("/billing/top-up/review/", form)


class TestPage:
    def test_is_for_people_who_are_signed_in(self, client):
        assert client.get(PAGE).status_code == 302

    def test_offers_to_save_a_card_with_words(self, client, user):
        text = client.get(PAGE).text

        assert "keep my card" in text
        assert "No card is saved." in text
        assert "Plan to buy" not in text

    def test_is_not_found_where_the_site_has_it_off(self, client, user, settings):
        settings.BILLING_TOP_UPS = False

        assert client.get(PAGE).status_code == 404

    def test_stays_for_whoever_has_a_card_where_the_site_has_switched_it_off(
        self, shop, client, user, settings
    ):
        switch_on(shop, user=user)
        settings.BILLING_TOP_UPS = False

        text = client.get(PAGE).text

        assert "Remove this card" in text
        assert "Save another card" not in text

    def test_says_what_was_charged_this_month_beside_the_rule(self, shop, client, user):
        charged(shop, user=user)

        text = client.get(PAGE).text

        assert "$10.00 of at most $30.00" in text
        assert "Visa ···· 4242" in text
        assert "Paid" in text

    @pytest.mark.parametrize("reason", rules.OffReason.values)
    def test_says_why_it_is_off(self, shop, client, user, reason):
        rule = switch_on(shop, user=user)
        if reason == "staff":
            rules.switch_off(rule, reason=reason, by=user, note="x")
        else:
            rules.switch_off(rule, reason=reason)

        text = client.get(PAGE).text

        assert "Nothing is charged by it." in text

    def test_gives_each_top_up_the_number_that_can_be_said_on_the_phone(self, shop, client, user):
        topup = charged(shop, user=user)

        assert topup.purchase.short_number in client.get(reverse("billing:top_up")).text

    def test_takes_as_many_queries_for_many_charges_as_for_few(self, shop, client, user):
        topup = charged(shop, user=user)
        client.get(PAGE)
        few = queries_of(client, PAGE)
        for seq in range(100, 104):
            TopUp.objects.create(
                purchase=shop.sell(user=user),
                account=topup.account,
                rule=topup.rule,
                consent=topup.consent,
                card=topup.card,
                seq=seq,
                month=topup.month,
                status="paid",
                due_at=topup.due_at,
                closed_at=topup.closed_at,
            )

        assert queries_of(client, PAGE) == few

    def test_shows_nothing_of_others(self, shop, client, user):
        charged(shop)

        assert "4242" not in client.get(PAGE).text


class TestSavingACard:
    def test_leads_to_stripe_and_records_the_words(self, client, user, shop):
        answer = save_a_card(client, REMOTE_ADDR="192.0.2.9")

        consent = Consent.objects.get()
        (call,) = shop.stripe.calls("POST", "/v1/checkout/sessions")
        assert (answer.status_code, answer["Location"]) == (303, call["response"]["url"])
        assert consent.words in html.unescape(client.get(PAGE).text)
        assert consent.ip_address == "192.0.2.9"

    def test_without_agreeing_saves_nothing(self, client, user, shop):
        answer = client.post("/billing/top-up/card/", follow=True)

        assert "Tick the box" in answer.text
        assert not Consent.objects.exists()

    def test_shows_the_card_as_its_owner_comes_back(self, client, user, shop):
        save_a_card(client)
        setup = CardSetup.objects.get()
        shop.stripe.save_card(setup.stripe_session_id)
        (call,) = shop.stripe.calls("POST", "/v1/checkout/sessions")

        back = client.get(call["response"]["success_url"])

        assert "Visa ···· 4242" in back.text
        assert "Plan to buy" not in back.text  # nothing is on sale in this shop

    def test_records_the_very_words_that_were_shown(self, client, user, shop, settings):
        client.cookies["django_language"] = "zh-hans"
        shown = html.unescape(client.get(PAGE).text)
        client.cookies["django_language"] = "en"
        settings.SITE_NAME = "Another name"

        client.post("/billing/top-up/card/", {"agree": "yes", "token": value_in(shown, "token")})

        consent = Consent.objects.get()
        assert consent.words in shown
        assert consent.language == "zh-hans"

    @pytest.mark.parametrize("token", [None, "", "forged", "eyJ9:1:x"])
    def test_takes_no_words_that_this_site_has_not_shown(self, client, user, shop, token):
        form = {"agree": "yes"} if token is None else {"agree": "yes", "token": token}

        answer = client.post("/billing/top-up/card/", form, follow=True)

        assert "out of date" in answer.text
        assert not CardSetup.objects.exists()

    def test_takes_no_words_of_a_rule(self, client, user, shop):
        save_card(shop, user)
        token = token_in(review(client, shop.plan()))

        client.post("/billing/top-up/card/", {"agree": "yes", "token": token})

        assert CardSetup.objects.count() == 1

    def test_shows_no_card_that_was_removed_since(self, client, user, shop):
        card = save_card(shop, user)
        back = {"returned": str(card.setup.uuid)}
        client.post("/billing/top-up/card/remove/")

        for _ in range(2):  # Stripe may be asked, or was asked a moment ago
            text = client.get(PAGE, back).text
            assert "No card is saved." in text
            assert "4242" not in text

    def test_of_somebody_else_shows_nothing(self, client, user, shop):
        other = make_user()
        save_card(shop, other)

        text = client.get(PAGE, {"returned": str(CardSetup.objects.get().uuid)}).text

        assert "4242" not in text

    def test_says_so_where_stripe_is_away(self, client, user, shop):
        shop.stripe.switch(api_down=True)

        answer = save_a_card(client, follow=True)

        assert "No card was saved." in answer.text

    def test_wants_a_verified_address(self, client, shop):
        client.force_login(make_user(verified=False))

        answer = client.post("/billing/top-up/card/", {"agree": "yes"})

        assert answer.status_code == 302
        assert not CardSetup.objects.exists()

    def test_is_removed_with_one_press(self, client, user, shop):
        switch_on(shop, user=user)

        answer = client.post("/billing/top-up/card/remove/", follow=True)

        assert "The card is removed." in answer.text
        assert not SavedCard.objects.current().exists()
        assert not TopUpRule.objects.get().is_on


class TestAgreeing:
    def test_records_the_very_words_that_were_shown(self, client, user, shop):
        save_card(shop, user)
        plan = shop.plan()

        shown = review(client, plan)
        done = client.post("/billing/top-up/on/", {"token": token_in(shown)}, follow=True)

        rule = TopUpRule.objects.get()
        assert rule.consent.words in html.unescape(shown.text)
        assert (rule.threshold, rule.monthly_limit, rule.is_on) == (50, 3000, True)
        assert "Automatic top-up is on." in done.text

    def test_records_them_in_the_language_they_were_read_in(self, client, user, shop):
        save_card(shop, user)
        client.cookies["django_language"] = "zh-hans"

        shown = review(client, shop.plan())
        client.post("/billing/top-up/on/", {"token": token_in(shown)})

        consent = TopUpRule.objects.get().consent
        assert consent.language == "zh-hans"
        assert "每个自然月" in consent.words

    def test_warns_where_it_would_charge_at_once(self, client, user, shop):
        save_card(shop, user)

        assert "is charged right away" in review(client, shop.plan()).text

    def test_charges_nothing_before_the_words_were_agreed_to(self, client, user, shop):
        save_card(shop, user)

        review(client, shop.plan())

        assert not TopUpRule.objects.exists()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"threshold": 101}, "At most 100, as many as this plan brings."),
            ({"threshold": 0}, "greater than or equal to 1"),
            ({"monthly_limit": "9.99"}, "From $10.00, the price of this plan"),
            ({"monthly_limit": "30.001"}, "no amount that can be charged"),
            ({"monthly_limit": "1e9"}, "no amount that can be charged"),
            ({"monthly_limit": "many"}, "Enter a number."),
            ({"monthly_limit": "1e900000"}, "no more than 20 digits"),
            ({"monthly_limit": "1e999999"}, "no more than 20 digits"),
            ({"monthly_limit": "-1e999999"}, "no more than 20 digits"),
            ({"price": 0}, "Select a valid choice."),
        ],
    )
    def test_refuses_numbers_that_cannot_be(self, client, user, shop, values, message):
        save_card(shop, user)

        answer = review(client, shop.plan(), **values)

        assert answer.status_code == 400
        assert message in html.unescape(answer.text)

    @pytest.mark.parametrize("token", ["", "forged", "eyJ9:1:x"])
    def test_takes_no_words_that_this_site_has_not_shown(self, client, user, shop, token):
        save_card(shop, user)

        answer = client.post("/billing/top-up/on/", {"token": token}, follow=True)

        assert "out of date" in answer.text
        assert not TopUpRule.objects.exists()

    def test_takes_no_price_that_has_changed_since(self, client, user, shop):
        save_card(shop, user)
        plan = shop.plan()
        shown = review(client, plan)
        plan.prices.update(is_active=False)

        client.post("/billing/top-up/on/", {"token": token_in(shown)})

        assert not TopUpRule.objects.exists()

    @pytest.mark.parametrize("change", [{"credits": 99}, {"valid_for_days": 365}], ids=str)
    def test_takes_no_plan_that_gives_less_than_was_shown(self, client, user, shop, change):
        save_card(shop, user)
        shown = review(client, shop.plan())
        CreditPlan.objects.update(**change)

        done = client.post("/billing/top-up/on/", {"token": token_in(shown)}, follow=True)

        assert "out of date" in done.text
        assert not Consent.objects.filter(kind="top_up").exists()

    def test_is_undone_with_one_press(self, client, user, shop):
        topup = queued(shop, user=user)

        answer = client.post("/billing/top-up/off/", follow=True)
        charging.charge_due()

        assert "Nothing more is charged by it." in answer.text
        topup.refresh_from_db()
        assert topup.status == "canceled"
        assert not charges(shop)

    @pytest.mark.parametrize("name", ["save_card", "remove_card", "review", "on", "off"])
    def test_only_looks_where_nothing_was_sent(self, client, user, name):
        answer = client.get(reverse(f"billing:top_up_{name}"))

        assert answer["Location"] == PAGE


class TestPurchasePage:
    def page(self, client, topup):
        return html.unescape(client.get(f"/billing/purchases/{topup.purchase.uuid}/").text)

    def test_says_that_a_card_is_being_charged(self, client, user, shop):
        assert "being charged" in self.page(client, queued(shop, user=user))

    def test_says_that_money_came_in_which_is_not_what_was_agreed(self, client, user, shop):
        topup = queued(shop, user=user)
        attempt = charging._claim(topup.pk, at=topup.due_at)  # noqa: SLF001 - dies after this
        assert isinstance(attempt, charging.Attempt)
        charging._charge(attempt)  # noqa: SLF001
        event = shop.event("payment_intent.succeeded")
        intent = PaymentIntent.read(event["data"]["object"] | {"amount_received": 900})
        fulfilling.fulfil(intent)  # as the charge's answer does, without an event

        text = self.page(client, topup)

        assert "needs a look by our staff" in text
        assert "You have not been charged" not in text

    def test_says_when_it_is_tried_again(self, client, user, shop):
        topup = queued(shop, user=user, card="chargeCustomerFail")
        charging.charge_due()

        assert "It is tried again on" in self.page(client, topup)

    def test_leads_to_paying_by_hand_where_the_bank_wants_to_ask(self, client, user, shop):
        topup = queued(shop, user=user, card="authenticationRequired")
        charging.charge_due()

        text = self.page(client, topup)
        form = value_in(text, "form_token")
        answer = client.post(
            f"/billing/plans/{topup.purchase.plan.slug}/buy/", {"form_token": form}
        )

        assert "Your bank wants to ask you before it pays" in text
        assert answer["Location"].startswith(shop.stripe.base_url)

    def test_says_that_it_was_called_off(self, client, user, shop):
        topup = queued(shop, user=user)
        rules.switch_off_for(user)
        charging.charge_due()

        assert "called off before anything was charged" in self.page(client, topup)

    def test_of_one_that_was_paid_is_as_any_other(self, client, user, shop):
        topup = charged(shop, user=user)

        assert "100 credits were added to your balance." in self.page(client, topup)


class TestBuyingByHandMeanwhile:
    def test_opens_a_page_of_its_own(self, client, user, shop):
        topup = queued(shop, user=user)

        purchase = shop.open(user=user, plan=topup.purchase.plan)

        assert purchase != topup.purchase
        assert purchase.stripe_session_id


class TestOverview:
    def test_leads_there(self, client, user, shop):
        shop.plan()

        assert PAGE in client.get("/billing/").text

    def test_says_nothing_of_it_where_the_site_has_it_off(self, client, user, shop, settings):
        shop.plan()
        settings.BILLING_TOP_UPS = False

        assert PAGE not in client.get("/billing/").text
