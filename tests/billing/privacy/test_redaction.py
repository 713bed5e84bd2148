"""What is left of Stripe's JSON when the person in it has to go."""

from billing.privacy.redaction import MARK, skeleton

CHARGE = {
    "id": "ch_1",
    "amount": 1000,
    "currency": "usd",
    "customer": "cus_1",
    "status": "succeeded",
    "billing_details": {"name": "Ada Lovelace"},
    "calculated_statement_descriptor": "ADA LOVELACE",
    "customer_email": "ada@example.com",
    "description": "For Ada",
    "ip_address": "192.0.2.1",
    "metadata": {"note": "Ada"},
    "receipt_email": "ada@example.com",
    "receipt_url": "https://pay.stripe.com/receipts/ada",
    "refunds": ["Ada"],
}


class TestSkeleton:
    def test_is_ids_states_and_sums(self):
        assert skeleton(CHARGE) == {
            "id": "ch_1",
            "amount": 1000,
            "currency": "usd",
            "customer": "cus_1",
            "status": "succeeded",
            MARK: True,
        }

    def test_of_an_event_is_that_of_its_object_too(self):
        event = {"id": "evt_1", "request": {"ip": "192.0.2.1"}, "data": {"object": CHARGE}}

        assert skeleton(event) == {
            "id": "evt_1",
            "data": {"object": skeleton(CHARGE)},
            MARK: True,
        }
