"""What Stripe is asked to do is written down before, where a crash does not lose it."""

from functools import partial
from uuid import uuid4

import pytest

from billing import checkout, refunds
from billing.models import Purchase, Refund, StripeEvent
from billing.staff import quarantine
from tests.billing.staff.test_quarantine import set_aside
from tests.billing.waiting import in_a_thread
from tests.people import make_staff, make_user
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slowly(shop):
    """Run a verb to the end while Stripe takes its time, and say what was there meanwhile."""

    def run(verb, *, only, written_down):
        shop.stripe.switch(api_slow=3.0, api_only=only)
        with in_a_thread(verb) as asking:
            asking.start()
            wait_until(lambda: written_down() or not asking.is_alive())
            was_first = written_down() and asking.is_alive()
        assert asking.error is None
        return was_first

    return run


class TestIsWrittenDownFirst:
    def test_a_purchase(self, shop, slowly):
        start = partial(
            checkout.start, user=make_user(), plan_slug=shop.plan().slug, form_token=uuid4()
        )

        assert slowly(
            start, only="POST /v1/checkout/sessions", written_down=Purchase.objects.exists
        )

    def test_a_refund(self, shop, slowly):
        ask = partial(
            refunds.request,
            purchase=shop.sell(),
            unit_amount=400,
            reason="Asked by mail",
            requested_by=make_staff(),
            nonce=uuid4(),
        )

        assert slowly(ask, only="POST /v1/refunds", written_down=Refund.objects.exists)

    def test_what_staff_decided(self, shop, slowly):
        _purchase, event = set_aside(shop)
        decide = partial(quarantine.refund, event=event, reason="Wrong amount", by=make_staff())
        decided = StripeEvent.objects.filter(pk=event.pk, state="resolved")

        assert slowly(
            decide,
            only="POST /v1/refunds",
            written_down=lambda: decided.all().exists() and Refund.objects.exists(),
        )
