"""Cards and consents of somebody who was erased, and addresses that were kept long enough."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Consent, SavedCard, StripeEvent, TopUpRule
from billing.privacy import erasure
from billing.privacy.redaction import MARK
from billing.topups import charging, falls, forgetting, rules
from credits import ledger
from tests.billing.topups.factories import charged, charges, queued, spend, switch_on

pytestmark = pytest.mark.django_db


class TestErase:
    def test_leaves_nothing_by_which_a_card_is_known(self, shop):
        topup = charged(shop)
        user = topup.account.user

        erasure.delete_at_stripe(user)
        erased = erasure.erase(user=user)

        card = SavedCard.objects.get()
        assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("", "", None, None)
        assert card.detached_at is not None
        assert shop.stripe.events("payment_method.detached")
        assert (erased.rows["cards"], erased.rows["top-up rules"]) == (1, 1)

    def test_keeps_the_words_and_not_where_they_were_read(self, shop):
        topup = charged(shop)
        words = topup.consent.words

        erasure.erase(user=topup.account.user)

        consents = Consent.objects.filter(kind="top_up")
        assert [(row.words, row.ip_address) for row in consents] == [(words, None)]

    def test_switches_off_without_a_mail_and_charges_nothing_more(self, shop):
        topup = queued(shop)

        erasure.erase(user=topup.account.user)
        charging.charge_due()

        rule = TopUpRule.objects.get()
        assert (rule.is_on, rule.off_reason) == (False, "erased")
        assert not charges(shop)
        assert not topup.account.mails.exists()

    def test_reduces_what_stripe_said_of_the_card(self, shop):
        rule = switch_on(shop)
        shop.stripe.detach_card(rule.card.stripe_payment_method_id)
        shop.deliver()

        erasure.erase(user=rule.account.user)

        detached = StripeEvent.objects.get(type="payment_method.detached")
        assert MARK in detached.payload
        assert "billing_details" not in detached.object

    def test_keeps_the_books(self, shop):
        topup = charged(shop)

        erasure.erase(user=topup.account.user)

        topup.refresh_from_db()
        assert (topup.status, topup.purchase.status) == ("paid", "paid")
        assert ledger.balance(topup.account) == 140


class TestPruneAddresses:
    def addresses(self):
        return set(Consent.objects.values_list("kind", "ip_address"))

    def prune(self, *, days):
        return forgetting.prune_addresses(at=timezone.now() + timedelta(days=days))

    def test_keeps_those_that_are_in_force(self, shop):
        switch_on(shop)

        assert self.prune(days=1000) == 0

    def test_keeps_those_of_what_can_still_be_disputed(self, shop):
        topup = charged(shop)
        rules.switch_off_for(topup.account.user)

        assert self.prune(days=539) == 0

    def test_drops_those_that_nothing_depends_on(self, shop):
        topup = charged(shop)
        spend(topup.account, 100)
        falls.sweep()
        rules.switch_off_for(topup.account.user)
        SavedCard.objects.update(removed_at=timezone.now())

        assert self.prune(days=541) == 2
        assert self.addresses() == {("card", None), ("top_up", None)}
