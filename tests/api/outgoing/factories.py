"""Endpoints and what they are told of, by the verbs."""

from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import switching
from tests.credits.factories import make_lot


def make_endpoint(receiver=None, *, url=None, **values):
    return switching.create(url=url or receiver.url, **values)


def happen(account=None, *, times=1):
    """Something that is told of: credits arrive. The deliveries of it."""
    before = WebhookDelivery.objects.count()
    for _ in range(times):
        lot = make_lot(account=account, credits=10)
        account = lot.account
    return list(WebhookDelivery.objects.order_by("pk"))[before:]


def again(row):
    """A row as it is now."""
    return type(row).objects.get(pk=row.pk)


def endpoint_of(receiver):
    return WebhookEndpoint.objects.get(url=receiver.url)
