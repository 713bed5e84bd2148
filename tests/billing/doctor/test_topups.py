"""What the doctor says of charges that nobody knows the end of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.doctor import local
from billing.models import TopUp
from tests.billing.topups.factories import charged, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


def findings(*, hours):
    now = timezone.now() + timedelta(hours=hours)
    return [str(finding) for finding in local._top_ups(now)]  # noqa: SLF001 - one of many parts


class TestTopUps:
    def test_that_were_charged_need_nobody(self, shop):
        charged(shop)

        assert findings(hours=48) == []

    def test_that_wait_for_long_are_told(self, shop):
        queued(shop)

        assert findings(hours=0) == []
        [said] = findings(hours=2)
        assert "1 automatic top-ups have waited" in said

    def test_whose_answer_is_missing_are_told(self, shop):
        TopUp.objects.filter(pk=queued(shop).pk).update(status="charging")

        [said] = findings(hours=2)
        assert "nobody knows whether the cards were charged" in said
