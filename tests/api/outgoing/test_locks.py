"""Many rows at once never wait for one that is being noted, nor it for them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import claims, outcomes
from tests.api.outgoing.factories import happen, make_endpoint
from tests.billing.waiting import in_a_thread
from tests.credits.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def deliveries():
    make_endpoint(url="https://hooks.example/")
    return happen(make_account(), times=3)


def beside_a_lock_on(row, verb):
    """Call a verb while a row is locked; what it did, without waiting."""
    with in_a_thread(verb) as later, transaction.atomic():
        WebhookDelivery.objects.select_for_update(no_key=True).get(pk=row.pk)
        later.start()
        later.join(30)
        assert not later.is_alive()
    assert later.error is None
    return later.result


def test_giving_up_leaves_what_is_being_noted_to_the_next_run(deliveries):
    at = timezone.now() + 4 * DAY
    WebhookEndpoint.objects.update(failures=9, failing_since=at - 4 * DAY)

    assert beside_a_lock_on(deliveries[0], lambda: outcomes.give_up(at=at)) == 2
    assert outcomes.give_up(at=at) == 1


def test_so_does_letting_the_next_go(deliveries):
    WebhookDelivery.objects.update(due_at=None)
    at = timezone.now()

    beside_a_lock_on(deliveries[0], lambda: claims.let_all_next(at=at))
    assert not WebhookDelivery.objects.filter(due_at=at).exists()
    claims.let_all_next(at=at)

    assert list(WebhookDelivery.objects.filter(due_at=at)) == [deliveries[0]]
