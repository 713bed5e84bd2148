"""What the mirror adds to the doctor's findings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.doctor import Level, local
from billing.mirror import sweeping
from billing.models import StripeEvent

pytestmark = pytest.mark.django_db


def watched():
    return str([one.message for one in local.examine() if one.level == Level.WATCH])


class TestExamine:
    def test_watches_events_that_the_mirror_lacks_after_an_hour(self, shop):
        shop.sell()
        StripeEvent.objects.update(received_at=timezone.now() - timedelta(hours=2))

        assert f"{StripeEvent.objects.count()} events are not in the mirror" in watched()

    def test_has_nothing_to_say_of_younger_ones_and_of_those_it_has(self, shop):
        shop.sell()
        younger = watched()
        sweeping.sweep()
        StripeEvent.objects.update(received_at=timezone.now() - timedelta(hours=2))

        assert "mirror" not in younger + watched()
