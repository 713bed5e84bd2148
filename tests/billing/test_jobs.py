"""What a queue or cron runs: each job twice, and side by side with itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import jobs, refunds
from billing.models import Payment, Purchase, Refund, StripeEvent
from billing.privacy.redaction import MARK
from credits import audit
from credits.models import Lot
from tests.credits.test_races import together
from tests.people import make_staff

LONG_AGO = timezone.now() - timedelta(days=400)


def leave_unanswered_refund(shop):
    """A refund whose answer was lost."""
    purchase = shop.sell()
    shop.stripe.switch(api_down=True)
    refund = refunds.request(
        purchase=purchase,
        unit_amount=300,
        reason="",
        requested_by=make_staff(),
        nonce=uuid4(),
    )
    shop.stripe.switch(api_down=False)
    Refund.objects.update(created_at=LONG_AGO)
    return refund


@pytest.mark.django_db
class TestTwice:
    def test_prunes_once(self, shop):
        shop.sell()
        StripeEvent.objects.update(received_at=LONG_AGO)

        jobs.prune_events()
        kept = list(StripeEvent.objects.order_by("pk").values_list("payload", flat=True))
        jobs.prune_events()

        assert list(StripeEvent.objects.order_by("pk").values_list("payload", flat=True)) == kept

    def test_resolves_a_refund_once(self, shop):
        refund = leave_unanswered_refund(shop)

        assert [jobs.resolve_refunds(), jobs.resolve_refunds()] == [1, 0]

        refund.refresh_from_db()
        assert refund.status == Refund.Status.SUCCEEDED

    def test_resolves_refunds_after_one_that_contradicts_what_is_known(self, shop):
        wrong = leave_unanswered_refund(shop)
        right = leave_unanswered_refund(shop)
        Payment.objects.filter(refunds=wrong).update(currency="eur")

        assert jobs.resolve_refunds() == 1

        right.refresh_from_db()
        wrong.refresh_from_db()
        assert (wrong.status, right.status) == ("requested", "succeeded")

    def test_resolves_refunds_after_one_that_stripe_will_not_tell_of(self, shop):
        wrong = leave_unanswered_refund(shop)
        right = leave_unanswered_refund(shop)
        shop.stripe.switch(api_status=400, api_times=1)

        assert jobs.resolve_refunds() == 1

        right.refresh_from_db()
        wrong.refresh_from_db()
        assert (wrong.status, right.status) == ("requested", "succeeded")

    def test_leaves_refunds_of_the_other_mode_alone(self, shop):
        refund = leave_unanswered_refund(shop)
        Payment.objects.update(livemode=True)

        assert jobs.resolve_refunds() == 0

        refund.refresh_from_db()
        assert refund.status == Refund.Status.REQUESTED


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_resolves_a_refund_once(self, shop):
        leave_unanswered_refund(shop)

        together(lambda _n: jobs.resolve_refunds(), threads=3)

        [refund] = Refund.objects.all()
        assert refund.status == Refund.Status.SUCCEEDED
        assert len(shop.stripe.events("refund.created")) == 1
        assert list(audit.faults()) == []

    def test_repairs_a_lost_webhook_once(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        done = together(lambda _n: jobs.reconcile(), threads=3)

        assert done == [0, 0, 0]
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PAID
        assert Lot.objects.get().granted == 100
        assert list(audit.faults()) == []

    def test_prunes_all(self, shop):
        shop.sell()
        StripeEvent.objects.update(received_at=LONG_AGO, state="processed")

        done = together(lambda _n: jobs.prune_events(), threads=3)

        assert done == [None] * 3
        assert not StripeEvent.objects.exclude(payload__has_key=MARK).exists()
