"""PaymentIntents of automatic top-ups against purchases."""

import pytest
from django.utils import timezone

from billing.models import Purchase, TopUp
from billing.reconciliation import Kind
from billing.stripe_gateway import calling
from billing.topups import charging
from credits import ledger
from tests.billing.reconciliation.running import find, forget_events, repair
from tests.billing.topups.factories import charged, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


def charge_and_forget(shop):
    """Charge at Stripe, and die before anything is written down here."""
    topup = queued(shop)
    attempt = charging._claim(topup.pk, at=timezone.now())  # noqa: SLF001 - dies after this
    assert isinstance(attempt, charging.Attempt)
    intent = charging._charge(attempt)  # noqa: SLF001
    forget_events(shop)
    return topup, intent


class TestTopUps:
    def test_that_were_granted_agree(self, shop):
        charged(shop)

        assert find() == []

    def test_that_were_declined_agree(self, shop):
        queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        forget_events(shop)

        assert find() == []

    def test_paid_but_not_granted(self, shop):
        topup, intent = charge_and_forget(shop)
        assert find() == [(Kind.PAID_NOT_GRANTED, intent.id)]

        repair()

        topup.refresh_from_db()
        assert topup.status == "paid"
        assert ledger.balance(topup.account) == 140
        assert find() == []

    def test_granted_but_unknown_to_stripe(self, shop):
        topup = charged(shop)
        TopUp.objects.filter(pk=topup.pk).update(stripe_payment_intent_id="pi_gone")
        shop.stripe.reset()

        assert (Kind.GRANTED_NOT_PAID, "pi_gone") in find()

    def test_of_a_purchase_that_is_not_here_are_left_to_a_person(self, shop):
        topup, intent = charge_and_forget(shop)
        uuid = topup.purchase.uuid
        TopUp.objects.all().delete()
        Purchase.objects.filter(is_topup=True).delete()
        charged(shop)

        (finding,) = [one for one in repair() if one.kind == Kind.UNKNOWN_OBJECT]

        assert (finding.id, finding.is_repaired) == (intent.id, None)
        assert str(uuid) in finding.detail

    def test_are_found_beyond_the_first_page(self, shop, monkeypatch):
        monkeypatch.setattr(calling, "PAGE", 1)
        _topup, intent = charge_and_forget(shop)

        assert find() == [(Kind.PAID_NOT_GRANTED, intent.id)]
