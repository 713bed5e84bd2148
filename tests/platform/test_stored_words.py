"""What rows keep is a code, or what people wrote: no sentence in any language."""

import re

import pytest
from django.apps import apps
from django.db import models

from tests.busy import make_busy_site

pytestmark = pytest.mark.django_db

OURS = ("credits", "billing", "api")
# What people write themselves, or agreed to as it was shown to them.
WRITTEN_BY_PEOPLE = {
    "api.ApiKey.name",
    "api.WebhookEndpoint.description",
    "billing.Consent.words",
    "billing.CreditPlan.description",
    "billing.CreditPlan.name",
    "billing.Payment.fraud_note",
    "billing.Refund.reason",
    "billing.StripeEvent.resolution_note",
    "billing.VoucherBatch.name",
    "credits.AdjustmentRequest.reason",
    "credits.CreditTransaction.description",
    "credits.Operation.name",
    "credits.Operation.unit",
    "credits.WriteOff.reason",
}
CODE = re.compile(r"[a-z0-9_]+( \{.*\})?", re.DOTALL)
SENTENCE = re.compile(r"[A-Za-z']+,? [A-Za-z']+,? [A-Za-z']+")


def values():
    """Every text that a row of ours keeps, with the name of its field."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            fields = [
                field
                for field in model._meta.concrete_fields  # noqa: SLF001
                if isinstance(field, (models.CharField, models.TextField)) and not field.choices
            ]
            for row in model._default_manager.values(*(field.name for field in fields)):  # noqa: SLF001
                for field in fields:
                    yield f"{model._meta.label}.{field.name}", row[field.name] or ""  # noqa: SLF001


@pytest.fixture
def busy(shop, settings):
    account = make_busy_site(shop, settings)
    failed = shop.open()
    shop.pay(failed, "debit_fails")
    shop.deliver()
    shop.sell()
    return account


class TestWhatIsStored:
    def test_is_a_code_and_no_sentence(self, busy):
        said = {
            f"{name}: {value}"
            for name, value in values()
            if name not in WRITTEN_BY_PEOPLE
            and not CODE.fullmatch(value)
            and SENTENCE.search(value)
        }

        assert not said, "\n".join(sorted(said))

    def test_of_an_operation_that_nobody_described_is_empty_or_a_name(self, busy):
        rows = busy.transactions.filter(actor__in=["stripe", "system"])
        names = {
            *apps.get_model("billing.CreditPlan").objects.values_list("name", flat=True),
            *apps.get_model("billing.VoucherBatch").objects.values_list("name", flat=True),
        }

        assert {row.description for row in rows} - names <= {""}
