"""What the webhook's statements load is what the ORM would."""

import pytest
from django.db import transaction
from django.forms import model_to_dict

from billing import prepared
from billing.models import Payment, PlanPrice, Purchase
from billing.settlement import granting

pytestmark = pytest.mark.django_db


def loaded(row):
    return {name: value for name, value in row.__dict__.items() if not name.startswith("_")}


class TestLoad:
    def test_takes_names_in_any_order(self, shop):
        price = shop.open().plan_price
        names = ("uuid", "stripe_price_id", "id", "amount_minimum")
        columns = ", ".join(prepared.columns(PlanPrice, *names))

        [row] = prepared.rows(f"SELECT {columns} FROM billing_planprice", [])  # noqa: S608

        assert loaded(prepared.load(PlanPrice, row, *names)) == {
            name: getattr(price, name) for name in names
        }


class TestLock:
    @pytest.fixture
    def purchase(self, shop):
        return shop.open()

    def test_reads_a_purchase_and_what_stands_beside_it(self, purchase):
        with transaction.atomic():
            locked = granting.lock(uuid=purchase.uuid, payment_intent_id=None)

        assert locked
        assert model_to_dict(locked) == model_to_dict(Purchase.objects.get())
        for name in ("account", "plan", "plan_price"):
            known = vars(getattr(purchase, name))
            found = loaded(getattr(locked, name))
            assert found == {key: known[key] for key in found}, name

    def test_finds_nothing(self, purchase):
        with transaction.atomic():
            assert granting.lock(stripe_session_id="no", payment_intent_id=None) is None


class TestSave:
    def test_writes_these_fields_alone(self, shop):
        payment = Payment.objects.create(stripe_payment_intent_id="pi_1", livemode=False)
        payment.currency, payment.amount_received = "eur", 700

        prepared.save(payment, fields=["currency"])

        payment.refresh_from_db()
        assert (payment.currency, payment.amount_received) == ("eur", 0)


def test_a_paid_session_agrees(shop):
    purchase = shop.open()
    shop.pay(purchase)

    shop.deliver()

    purchase.refresh_from_db()
    assert purchase.is_paid
    assert purchase.problem == ""
