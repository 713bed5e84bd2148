"""Cards that Stripe keeps: saved on its page, removed here, at Stripe or with the customer."""

import pytest

from billing import stripe_gateway
from billing.models import CardSetup, OutgoingMail, SavedCard
from billing.topups import cards, consents, rules
from billing.users import EmailNotVerified
from tests.billing.topups.factories import agree, charges, queued, save_card, switch_on
from tests.people import make_user

pytestmark = pytest.mark.django_db


def begin(user):
    cards.begin(user=user, agreed=agree(consents.for_card()))
    return CardSetup.objects.latest("pk")


class TestBegin:
    def test_leads_to_stripes_page(self, shop):
        user = make_user()

        url = cards.begin(user=user, agreed=agree(consents.for_card()))

        (call,) = shop.stripe.calls("POST", "/v1/checkout/sessions")
        assert url == call["response"]["url"]
        assert call["response"]["mode"] == "setup"
        assert not SavedCard.objects.exists()

    def test_wants_a_verified_address(self, shop):
        with pytest.raises(EmailNotVerified):
            begin(make_user(verified=False))

    def test_is_limited_by_the_hour(self, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 2
        user = make_user()
        begin(user)
        begin(user)

        with pytest.raises(cards.TooManySetups):
            begin(user)

    def test_makes_a_customer_anew_that_stripe_has_lost(self, shop):
        user = make_user()
        begin(user)
        customer = user.stripe_customers.get()
        stripe_gateway.delete_customer(customer.stripe_customer_id)

        setup = begin(user)

        assert setup.stripe_session_id
        assert user.stripe_customers.count() == 2

    def test_that_stripe_does_not_answer_saves_nothing(self, shop):
        shop.stripe.switch(api_down=True, api_only="POST /v1/checkout/sessions")

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            begin(make_user())

        assert CardSetup.objects.get().stripe_session_id is None


class TestFinish:
    def test_writes_down_what_its_owner_knows_it_by(self, shop):
        card = save_card(shop, make_user())

        assert (card.brand, card.last4) == ("visa", "4242")
        assert (card.exp_month, card.exp_year) == (12, 2034)
        assert str(card) == "Visa ···· 4242"

    def test_is_told_by_the_webhook_and_done_by_the_job(self, shop):
        setup = begin(make_user())
        shop.stripe.save_card(setup.stripe_session_id)

        before = cards.finish_waiting()
        shop.deliver()
        after = cards.finish_waiting()

        assert (before, after) == (0, 1)

    def test_is_done_once(self, shop):
        setup = begin(make_user())
        shop.stripe.save_card(setup.stripe_session_id)

        first, second = cards.finish(setup), cards.finish(CardSetup.objects.get())

        assert first == second
        assert SavedCard.objects.count() == 1

    def test_waits_while_the_page_is_open(self, shop):
        setup = begin(make_user())

        assert cards.finish(setup) is None
        assert CardSetup.objects.open().exists()

    def test_comes_to_nothing_where_the_page_has_expired(self, shop):
        setup = begin(make_user())
        shop.stripe.expire(setup.stripe_session_id)

        shop.deliver()

        assert not CardSetup.objects.open().exists()
        assert not SavedCard.objects.exists()

    def test_takes_no_card_that_was_removed_again_meanwhile(self, shop):
        setup = begin(make_user())
        shop.stripe.save_card(setup.stripe_session_id)
        method = shop.event("payment_method.attached")["data"]["object"]["id"]
        shop.stripe.detach_card(method)

        assert cards.finish(setup) is None
        assert not SavedCard.objects.exists()

    def test_lets_the_new_card_take_the_place_of_the_old(self, shop):
        rule = switch_on(shop)
        old = rule.card

        new = save_card(shop, rule.account.user, "mastercard")

        old.refresh_from_db()
        rule.refresh_from_db()
        assert (rule.card, rule.is_on) == (new, True)
        assert old.removed_at is not None
        assert cards.detach_removed() == 1
        assert shop.stripe.events("payment_method.detached")


class TestRemove:
    def test_detaches_it_at_stripe_and_switches_off(self, shop):
        rule = switch_on(shop)

        assert cards.remove(user=rule.account.user) == 1

        rule.refresh_from_db()
        assert (rule.is_on, rule.off_reason) == (False, "person")
        assert shop.stripe.events("payment_method.detached")
        assert SavedCard.objects.get().detached_at is not None
        assert not OutgoingMail.objects.exists()

    def test_holds_where_stripe_does_not_answer(self, shop):
        topup = queued(shop)
        shop.stripe.switch(api_down=True, api_only="/detach")

        cards.remove(user=topup.account.user)

        card = SavedCard.objects.get()
        assert (card.removed_at is None, card.detached_at) == (False, None)
        shop.stripe.switch(api_down=False)
        assert cards.detach_removed() == 1
        assert not charges(shop)

    def test_of_nothing_is_nothing(self, shop):
        assert cards.remove(user=make_user()) == 0


class TestNews:
    def test_of_a_card_that_was_removed_in_the_portal_switches_off(self, shop):
        rule = switch_on(shop)
        shop.stripe.detach_card(rule.card.stripe_payment_method_id)

        shop.deliver()

        rule.refresh_from_db()
        assert (rule.is_on, rule.off_reason) == (False, "removed")
        assert OutgoingMail.objects.get().kind == "topup_off"
        assert SavedCard.objects.get().detached_at is not None

    def test_of_a_customer_who_was_deleted_switches_off(self, shop):
        rule = switch_on(shop)
        stripe_gateway.delete_customer(rule.card.customer.stripe_customer_id)

        shop.deliver()

        rule.refresh_from_db()
        assert rule.off_reason == "removed"
        assert not SavedCard.objects.current().exists()

    def test_of_a_card_that_the_bank_has_replaced_is_noted(self, shop):
        card = save_card(shop, make_user())
        event = shop.event("payment_method.attached")
        shop.deliver()
        method = event["data"]["object"]
        method["card"] |= {"last4": "1881", "exp_year": 2040}

        shop.deliver({**event, "id": "evt_updated", "type": "payment_method.automatically_updated"})

        card.refresh_from_db()
        assert (card.last4, card.exp_year) == ("1881", 2040)

    def test_of_somebody_elses_card_changes_nothing(self, shop):
        rule = switch_on(shop)
        shop.deliver()
        event = shop.event("payment_method.attached")
        event["data"]["object"]["id"] = "pm_other"

        shop.deliver({**event, "id": "evt_other", "type": "payment_method.detached"})

        rule.refresh_from_db()
        assert rule.is_on
        assert rules.card_of(rule.account.user) == rule.card
