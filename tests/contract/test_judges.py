"""The judges of the sandbox's traffic find planted faults, and none where there is none."""

import copy
import json

import pytest

from tests.contract import annotations, traffic
from tests.stripe_sandbox.buying import make_client, make_payment

REMOVED = object()


@pytest.fixture
def objects(stripe_sandbox):
    """One true object of each kind that a purchase and its undoing bring about."""
    client = make_client(stripe_sandbox)
    customer = client.v1.customers.create({"email": "a@example.com"})
    session = make_payment(stripe_sandbox, client, customer=customer.id)
    stripe_sandbox.refund(session.id, 300)
    stripe_sandbox.dispute(session.id, 300)
    stripe_sandbox.warn(session.id)
    found = [event["data"]["object"] for event in stripe_sandbox.events()]
    return {body["object"]: body for body in found}


# Faults in one object each: what is changed, and to what.
FAULTS = {
    "a number as text": ("refund", {"amount": "300"}),
    "a flag as a number": ("charge", {"refunded": 1}),
    "a flag where a number is": ("charge", {"amount": True}),
    "null where nothing may be": ("refund", {"amount": None}),
    "a property that is missing": ("charge", {"amount_refunded": REMOVED}),
    "a property of another version": ("charge", {"invoice": None}),
    "a word that is not Stripe's": ("checkout.session", {"status": "paid"}),
    "an object of another kind": ("checkout.session", {"object": "session"}),
    "a list where an id is": ("refund", {"charge": ["ch_1"]}),
    "a number in metadata": ("payment_intent", {"metadata": {"a": 1}}),
    "an object where a list is": ("dispute", {"balance_transactions": {}}),
    "a missing part of an inner object": (
        "checkout.session",
        {"automatic_tax": {"liability": None}},
    ),
    "an unknown part of an inner object": (
        "checkout.session",
        {"total_details": {"amount_discount": 0, "amount_tax": 0, "amount_tip": 0}},
    ),
}
# What only Stripe's document knows.
FINER_FAULTS = {
    "a nullable property that is left out": ("refund", {"receipt_number": REMOVED}),
    "a currency of four letters": ("refund", {"currency": "usdt"}),
    "text beyond its length": ("checkout.session", {"client_reference_id": "x" * 5001}),
}


def planted(objects, fault):
    kind, changes = fault
    body = copy.deepcopy(objects[kind])
    body.update(changes)
    return {name: value for name, value in body.items() if value is not REMOVED}


class TestAnnotations:
    def test_find_nothing_in_true_objects(self, objects):
        assert {kind: annotations.object_faults(body) for kind, body in objects.items()} == {
            kind: [] for kind in objects
        }
        assert {"charge", "dispute", "radar.early_fraud_warning", "refund"} < set(objects)

    @pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
    def test_find(self, objects, fault):
        assert annotations.object_faults(planted(objects, fault))

    def test_look_into_expanded_objects(self, objects):
        charge = {**objects["charge"], "payment_intent": planted(objects, ("refund", {}))}

        assert annotations.object_faults(charge) == [
            "charge.payment_intent: 'refund' is no PaymentIntent"
        ]

    def test_look_into_expanded_lists(self, objects):
        page = {"object": "list", "data": [planted(objects, ("refund", {"amount": "1"}))]}

        assert annotations.object_faults({**objects["charge"], "refunds": page}) == [
            "charge.refunds.refund.amount: '1' is no int"
        ]

    def test_know_which_events_stripe_has(self, stripe_sandbox):
        make_client(stripe_sandbox).v1.products.create({"name": "x"})
        event = stripe_sandbox.events()[0]

        assert annotations.event_faults(event) == []
        assert annotations.event_faults({**event, "type": "product.sold"})


class TestDocument:
    def test_finds_nothing_in_true_objects(self, document, objects):
        del objects["radar.early_fraud_warning"]  # not in every cut of the document

        assert {kind: document.object_faults(body) for kind, body in objects.items()} == {
            kind: [] for kind in objects
        }

    @pytest.mark.parametrize(
        "fault", [*FAULTS.values(), *FINER_FAULTS.values()], ids=[*FAULTS, *FINER_FAULTS]
    )
    def test_finds(self, document, objects, fault):
        assert document.object_faults(planted(objects, fault))

    def test_looks_into_events(self, document, stripe_sandbox):
        make_client(stripe_sandbox).v1.products.create({"name": "x"})
        event = stripe_sandbox.events()[0]
        event["data"]["object"]["active"] = "yes"

        assert document.event_faults(event) == [
            "data.object.active: 'yes' is not of type 'boolean'"
        ]

    @pytest.mark.parametrize(
        "body",
        [
            "mode=payment&colour=red",
            "mode=credit",
            "line_items[0][price]=p&line_items[0][quantity]=one",
            "line_items[0][price]=p&line_items[0][colour]=red",
            "metadata=7",
            "payment_method_types=card",
            "allow_promotion_codes=yes",
            "line_items[0][adjustable_quantity][maximum]=3",
        ],
    )
    def test_finds_in_a_request(self, document, body):
        assert document.request_faults("POST", "/v1/checkout/sessions", query="", body=body)

    @pytest.mark.parametrize(
        ("method", "path", "query", "body"),
        [
            (
                "POST",
                "/v1/checkout/sessions",
                "",
                "&".join(  # noqa: FLY002 - one parameter a line
                    [
                        "mode=payment",
                        "line_items[0][price]=p",
                        "line_items[0][quantity]=1",
                        "metadata[0]=a",
                        "expand[]=line_items",
                        "payment_method_types[]=card",
                        "expires_at=1700000000",
                    ]
                ),
            ),
            ("POST", "/v1/refunds", "", "charge=ch_1&amount=1&metadata="),
            ("POST", "/v1/checkout/sessions/cs_1/expire", "", ""),
            ("GET", "/v1/events", "created[gte]=1&types[0]=a&limit=3", ""),
        ],
    )
    def test_accepts_a_true_request(self, document, method, path, query, body):
        assert document.request_faults(method, path, query=query, body=body) == []

    @pytest.mark.parametrize(
        ("method", "path", "query"),
        [
            ("PUT", "/v1/refunds", ""),
            ("GET", "/v1/nothing", ""),
            ("GET", "/v1/refunds", "colour=red"),
            ("GET", "/v1/refunds", "limit=many"),
            ("POST", "/v1/refunds", "amount=1"),
        ],
    )
    def test_finds_in_an_address(self, document, method, path, query):
        assert document.request_faults(method, path, query=query, body="")

    def test_finds_an_error_of_an_unknown_type(self, document):
        body = {"error": {"type": "boom", "message": "x"}}

        assert document.answer_faults("POST", "/v1/refunds", 400, body)


class TestTraffic:
    def call(self, **changes):
        return {
            "method": "POST",
            "path": "/v1/products",
            "query": "",
            "body": "name=x",
            "status": 200,
            "response": {"object": "product"},
            **changes,
        }

    def judged(self, *records, document=None):
        return traffic.judge(iter(json.dumps(record) for record in records), document)

    def test_names_each_fault_once_with_an_example(self):
        call = self.call()

        verdict = self.judged({"call": call}, {"call": call})

        assert verdict.calls == 2
        assert verdict.faults["product.name is missing"] == "POST /v1/products"

    def test_tells_faults_apart_though_their_likes_passed(self, stripe_sandbox):
        make_client(stripe_sandbox).v1.products.create({"name": "x"})
        good = stripe_sandbox.traffic[0]
        bad = {**good, "response": {**good["response"], "active": None}}

        assert self.judged({"call": good}).faults == {}
        assert self.judged({"call": good}, {"call": bad}).faults

    def test_judges_requests_that_were_carried_out(self, document, stripe_sandbox):
        make_client(stripe_sandbox).v1.products.create({"name": "x"})
        good = stripe_sandbox.traffic[0]

        carried_out = self.judged({"call": {**good, "body": "nam=x"}}, document=document)
        refused = {"error": {"type": "invalid_request_error", "message": "x"}}
        answer = {**good, "body": "nam=x", "status": 400, "response": refused}

        assert any(fault.startswith("request: ") for fault in carried_out.faults)
        assert self.judged({"call": answer}, document=document).faults == {}

    def test_judges_events(self, stripe_sandbox):
        make_client(stripe_sandbox).v1.products.create({"name": "x"})
        event = stripe_sandbox.events()[0]
        event["data"]["object"]["name"] = 1

        assert self.judged({"event": event}).faults == {
            "product.created: product.name: 1 is no str": "product.created"
        }
