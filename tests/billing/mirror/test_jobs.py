"""The mirror's job: twice, side by side with itself, and while Stripe is down."""

import pytest

from billing.mirror import jobs
from billing.models import StripeEvent
from tests.credits.test_races import together


@pytest.mark.django_db
class TestMirrorEvents:
    def test_leaves_none_behind(self, shop):
        shop.sell()

        jobs.mirror_events()

        assert not StripeEvent.objects.filter(mirrored_at=None).exists()

    def test_ends_without_an_error_while_stripe_is_down(self, shop):
        shop.sell()
        shop.stripe.switch(api_down=True)

        jobs.mirror_events()

        assert StripeEvent.objects.filter(mirrored_at=None).exists()


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_mirrors_all(self, shop):
        shop.sell()

        done = together(lambda _n: jobs.mirror_events(), threads=3)

        assert done == [None] * 3
        assert not StripeEvent.objects.filter(mirrored_at=None, state="processed").exists()
