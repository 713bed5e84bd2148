"""dj-stripe reads the sandbox as it reads Stripe."""

import pytest
import stripe
from django.core.management import call_command
from djstripe import models

from tests.stripe_sandbox.buying import KEY, make_client, make_payment

# Not Event: dj-stripe 2.11 writes the whole of `request` where its id belongs when it lists them.
MODELS = {
    models.Account: 1,
    models.BalanceTransaction: 3,
    models.Charge: 1,
    models.Customer: 1,
    models.Dispute: 1,
    models.PaymentIntent: 1,
    models.Price: 1,
    models.Product: 1,
    models.Refund: 1,
    models.Session: 1,
    models.WebhookEndpoint: 1,
}


@pytest.fixture
def history(stripe_sandbox, settings, monkeypatch):
    """One purchase, partly refunded and disputed, in a Stripe that dj-stripe is pointed to."""
    settings.STRIPE_TEST_SECRET_KEY = KEY
    monkeypatch.setattr(stripe, "api_base", stripe_sandbox.base_url)
    monkeypatch.setattr(stripe, "api_key", KEY)
    client = make_client(stripe_sandbox)
    customer = client.v1.customers.create({"email": "a@example.com"})
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["x"]})
    session = make_payment(stripe_sandbox, client, customer=customer.id)
    stripe_sandbox.refund(session.id, 300)
    stripe_sandbox.dispute(session.id, 300)


@pytest.mark.django_db
@pytest.mark.usefixtures("history")
class TestSyncModels:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_copies(self, model):
        call_command("djstripe_sync_models", model.__name__, fail_on_error=True, verbosity=0)

        assert model.objects.count() == MODELS[model]
