"""A rule is switched on with words that are kept, and off by anybody who may."""

import pytest
from django.core.exceptions import PermissionDenied

from billing.models import Consent, CreditPlan, OutgoingMail, SavedCard, TopUp
from billing.topups import consents, rules
from billing.topups.terms import ImpossibleTerms, RuleError
from billing.users import EmailNotVerified
from tests.billing.topups.factories import agree, queued, save_card, switch_on, terms
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


def switch(shop, *, user, plan=None, **numbers):
    chosen = terms(plan or shop.plan(), **numbers)
    return rules.switch_on(user=user, terms=chosen, agreed=agree(chosen.words()))


class TestSwitchOn:
    def test_keeps_the_words_their_language_and_where_they_were_read(self, shop):
        rule = switch_on(shop)

        consent = rule.consent
        assert "falls below 50 credits" in consent.words
        assert "$10.00" in consent.words
        assert "$30.00 at most in a calendar month" in consent.words
        assert (consent.kind, consent.language) == ("top_up", "en")
        assert consent.ip_address == "192.0.2.7"

    def test_keeps_what_was_promised_beside_the_words(self, shop):
        rule = switch_on(shop, plan=shop.plan(valid_for_days=365))
        CreditPlan.objects.update(credits=1, valid_for_days=1)

        consent = Consent.objects.get(pk=rule.consent_id)
        assert (consent.credits, consent.valid_for_days) == (100, 365)
        assert "100 credits for $10.00, good for 365 days" in consent.words

    def test_says_in_words_that_credits_never_expire(self, shop):
        assert "100 credits for $10.00, without an end" in switch_on(shop).consent.words

    def test_refuses_words_that_promise_more_than_the_plan_gives_now(self, shop):
        user, plan = make_user(), shop.plan()
        save_card(shop, user)
        shown = terms(plan)
        CreditPlan.objects.update(credits=99)

        with pytest.raises(rules.NotOffered, match="less"):
            rules.switch_on(user=user, terms=shown, agreed=agree(shown.words()))

    def test_again_is_another_consent(self, shop):
        rule = switch_on(shop)
        again = switch(shop, user=rule.account.user, plan=rule.plan_price.plan, threshold=10)

        assert (again.pk, again.threshold) == (rule.pk, 10)
        assert again.consent_id != rule.consent_id
        assert Consent.objects.filter(kind="top_up").count() == 2

    def test_after_it_was_off_says_so_no_more(self, shop):
        rule = switch_on(shop)
        rules.switch_off_for(rule.account.user)

        again = switch(shop, user=rule.account.user, plan=rule.plan_price.plan)

        assert (again.is_on, again.off_reason, again.switched_off_at) == (True, "", None)

    @pytest.mark.parametrize(
        ("field", "numbers"),
        [
            ("threshold", {"threshold": 0}),
            ("threshold", {"threshold": 101}),
            ("monthly_limit", {"monthly_limit": 999}),
            ("monthly_limit", {"monthly_limit": 100_000_000}),
        ],
    )
    def test_refuses_numbers_that_cannot_be(self, shop, field, numbers):
        user = make_user()
        save_card(shop, user)

        with pytest.raises(ImpossibleTerms) as refusal:
            switch(shop, user=user, **numbers)

        assert refusal.value.field == field
        assert not Consent.objects.filter(kind="top_up").exists()

    @pytest.mark.parametrize("threshold", [1, 100])
    def test_takes_numbers_at_the_edge(self, shop, threshold):
        user = make_user()
        save_card(shop, user)

        assert switch(shop, user=user, threshold=threshold, monthly_limit=1000).is_on

    def test_wants_a_card(self, shop):
        with pytest.raises(rules.NoCard):
            switch(shop, user=make_user())

    def test_wants_a_verified_address(self, shop):
        user = make_user()
        save_card(shop, user)
        user.emailaddress_set.update(verified=False)

        with pytest.raises(EmailNotVerified):
            switch(shop, user=user)

    def test_wants_a_price_that_is_on_sale(self, shop):
        user, plan = make_user(), shop.plan()
        save_card(shop, user)
        plan.prices.update(is_active=False)

        with pytest.raises(rules.NotOffered):
            switch(shop, user=user, plan=plan)

    def test_is_not_offered_where_the_site_has_it_off(self, shop, settings):
        user = make_user()
        save_card(shop, user)
        settings.BILLING_TOP_UPS = False

        with pytest.raises(rules.NotOffered):
            switch(shop, user=user)


class TestSwitchOff:
    def test_by_the_person_sends_no_mail(self, shop):
        rule = switch_on(shop)

        rules.switch_off_for(rule.account.user)

        rule.refresh_from_db()
        assert (rule.is_on, rule.off_reason) == (False, "person")
        assert not OutgoingMail.objects.exists()

    def test_by_staff_says_who_and_why_and_mails(self, shop):
        rule, staff = switch_on(shop), make_staff()

        rules.switch_off_by_staff(rule, by=staff, note="Asked by phone")

        rule.refresh_from_db()
        assert (rule.off_reason, rule.off_note) == ("staff", "Asked by phone")
        assert rule.switched_off_by == staff
        assert OutgoingMail.objects.get().kind == "topup_off"

    def test_by_staff_wants_the_permission_and_a_reason(self, shop):
        rule = switch_on(shop)

        with pytest.raises(PermissionDenied):
            rules.switch_off_by_staff(rule, by=make_user(is_staff=True), note="Because")
        with pytest.raises(RuleError, match="needs a reason"):
            rules.switch_off_by_staff(rule, by=make_staff(), note=" ")

    def test_of_one_that_is_off_changes_nothing(self, shop):
        rule = switch_on(shop)
        rules.switch_off_for(rule.account.user)

        rules.switch_off(rule, reason=rules.OffReason.DECLINED)

        rule.refresh_from_db()
        assert rule.off_reason == "person"


class TestConsents:
    def test_for_a_card_stand_beside_it(self, shop):
        card = save_card(shop, make_user())

        consent = card.setup.consent
        assert (consent.kind, consent.words) == ("card", consents.for_card())

    def test_of_a_charge_are_those_it_was_queued_under(self, shop):
        topup = queued(shop)

        assert TopUp.objects.get().consent == topup.rule.consent


class TestOffered:
    def test_is_no_plan_by_amount(self, shop):
        shop.plan_by_amount()

        assert not rules.offered().exists()

    def test_card_is_the_one_that_was_saved_last(self, shop):
        user = make_user()
        save_card(shop, user)
        newest = save_card(shop, user, "mastercard")

        assert rules.card_of(user) == newest
        assert SavedCard.objects.current().count() == 1
