"""What is read of Stripe's objects: the right field of the right type, or nothing at all."""

import pytest

from billing.stripe_gateway.objects import Charge, MalformedObject

CHARGE = {
    "id": "ch_1",
    "livemode": False,
    "payment_intent": "pi_1",
    "currency": "usd",
    "amount": 1000,
    "amount_captured": 900,
    "amount_refunded": 100,
    "receipt_url": "https://pay.stripe.com/receipts/1",
}


class TestCharge:
    def test_is_what_was_captured_not_what_it_was_for(self):
        charge = Charge.read(CHARGE)

        assert (charge.amount_captured, charge.amount_refunded) == (900, 100)

    def test_names_its_payment_whether_or_not_that_is_expanded(self):
        expanded = {**CHARGE, "payment_intent": {"id": "pi_1", "object": "payment_intent"}}

        assert Charge.read(expanded) == Charge.read(CHARGE)

    @pytest.mark.parametrize("value", [True, False, -1, 1.0, "100", 2**53, [], {}], ids=str)
    @pytest.mark.parametrize("field", ["amount_captured", "amount_refunded"])
    def test_is_malformed_where_an_amount_is_none(self, field, value):
        with pytest.raises(MalformedObject, match=field):
            Charge.read({**CHARGE, field: value})

    @pytest.mark.parametrize("value", [None, "", " ", "ch 1", "ch_1\n", "c" * 256, 7, {}], ids=str)
    def test_is_malformed_without_an_id(self, value):
        with pytest.raises(MalformedObject, match="id"):
            Charge.read({**CHARGE, "id": value})
