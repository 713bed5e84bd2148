"""A refund whose answer was lost, and everybody who may find out at once."""

from uuid import uuid4

import pytest

from billing import jobs, refunds
from billing.models import Refund
from credits import ledger
from tests.billing.test_races import at_once, posting
from tests.people import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unknown(shop, settings):
    """Two people's refunds of 4.00 each; Stripe has made them, and nobody here knows."""
    settings.STRIPE_TIMEOUT = 0.3
    purchase = shop.sell()
    shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
    for _ in range(2):
        refunds.request(
            purchase=purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
    shop.stripe.switch(api_hang_after_effect=0)
    settings.STRIPE_TIMEOUT = 10
    return purchase


def test_people_jobs_and_webhooks_find_out_at_once(shop, unknown):
    rows = list(Refund.objects.select_related("payment").order_by("pk"))
    assert [row.status for row in rows] == ["requested", "requested"]
    told = [posting(shop, event) for event in shop.undelivered()]

    results = at_once(
        *[lambda row=row: refunds.resolve(row, by=None) for row in rows * 3],
        jobs.resolve_refunds,
        *told,
    )

    assert not [result for result in results if isinstance(result, Exception)]
    assert {row.status for row in Refund.objects.all()} == {"succeeded"}
    assert Refund.objects.count() == 2
    assert len(shop.stripe.events("refund.created")) == 2
    assert ledger.balance(unknown.account) == 20
