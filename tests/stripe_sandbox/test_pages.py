"""The payment page and the dashboard, as forms that work without JavaScript."""

import re
import time

import pytest

from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session, types


class TestPaymentPage:
    def test_shows_what_is_bought_and_that_it_is_a_sandbox(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client, unit_amount=999, name="<Starter>")
        session = make_session(client, price=price, customer_email="demo@example.com")

        page = visit(stripe_sandbox, f"/c/pay/{session.id}")

        assert page.status == 200
        for text in ("SANDBOX", "&lt;Starter&gt;", "$9.99", "demo@example.com"):
            assert text in page.text

    def test_has_a_button_for_each_outcome(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox))

        page = visit(stripe_sandbox, f"/c/pay/{session.id}")

        assert re.findall(r'name="outcome"\s+value="(\w+)"', page.text) == [
            "pay",
            "decline",
            "debit_clears",
            "debit_fails",
            "dispute",
            "cancel",
        ]

    def test_leads_to_the_shop_with_the_sessions_id(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox))

        answer = visit(stripe_sandbox, f"/c/pay/{session.id}", form={"outcome": "pay"})

        assert answer.status == 303
        assert answer.location == f"https://shop.example/paid?session={session.id}"

    def test_may_lead_nowhere_else(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox))

        page = visit(stripe_sandbox, f"/c/pay/{session.id}")

        policy = page.headers["Content-Security-Policy"]
        assert "form-action 'self' https://shop.example https://shop.example" in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy

    def test_says_why_a_card_was_declined_and_can_be_paid_then(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox))
        path = f"/c/pay/{session.id}"

        declined = visit(stripe_sandbox, path, form={"outcome": "decline"})
        paid = visit(stripe_sandbox, path, form={"outcome": "pay"})

        assert declined.status == 402
        assert "Your card was declined. Nothing was charged." in declined.text
        assert paid.status == 303

    def test_goes_back_without_paying(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        answer = visit(stripe_sandbox, f"/c/pay/{session.id}", form={"outcome": "cancel"})

        assert answer.location == "https://shop.example/plans"
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"

    def test_offers_no_debit_where_only_cards_are_taken(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox), payment_method_types=["card"])

        page = visit(stripe_sandbox, f"/c/pay/{session.id}")

        assert "debit" not in page.text

    def test_cannot_be_paid_twice(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        path = f"/c/pay/{session.id}"

        seen = visit(stripe_sandbox, path)
        again = visit(stripe_sandbox, path, form={"outcome": "pay"})

        assert "Nothing more will be charged" in seen.text
        assert "Nothing more will be charged" in again.text
        assert len(stripe_sandbox.events("charge.succeeded")) == 1

    def test_waits_for_the_shops_answer_to_the_webhook(self, stripe_sandbox, inbox):
        inbox.seconds = 0.3
        session = make_session(make_client(stripe_sandbox))
        inbox.wait_for(2)
        began = time.monotonic()

        visit(stripe_sandbox, f"/c/pay/{session.id}", form={"outcome": "pay"})

        assert time.monotonic() - began > 0.3
        assert "checkout.session.completed" in inbox.types()

    def test_of_an_unknown_session_is_not_found(self, stripe_sandbox):
        assert visit(stripe_sandbox, "/c/pay/cs_test_none").status == 404

    def test_is_not_paid_by_another_sites_form(self, stripe_sandbox):
        session = make_session(make_client(stripe_sandbox))

        answer = visit(
            stripe_sandbox,
            f"/c/pay/{session.id}",
            form={"outcome": "pay"},
            headers={"Origin": "https://evil.example"},
        )

        assert answer.status == 403
        assert stripe_sandbox.events("charge.succeeded") == []

    def test_is_not_served_under_another_name(self, stripe_sandbox):
        answer = visit(stripe_sandbox, "/", headers={"Host": "evil.example"})

        assert answer.status == 403


class TestReceipt:
    def test_tells_what_was_paid_and_refunded(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        stripe_sandbox.refund(session.id, 300)
        charge = client.v1.charges.list({"payment_intent": session.payment_intent}).data[0]

        page = visit(stripe_sandbox, charge.receipt_url.removeprefix(stripe_sandbox.base_url))

        assert "$10.00" in page.text
        assert "$3.00" in page.text


class TestDashboard:
    def test_lists_payments_and_what_waits_for_one(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        paid = make_payment(stripe_sandbox, client)
        waiting = make_session(client)

        page = visit(stripe_sandbox, "/")

        assert paid.payment_intent in page.text
        assert f"/c/pay/{waiting.id}" in page.text

    @pytest.mark.parametrize(
        ("action", "form", "event"),
        [
            ("refund", {"amount": "3.33", "status": "pending"}, "refund.created"),
            ("dispute", {"amount": "10", "inquiry": "false"}, "charge.dispute.funds_withdrawn"),
            ("dispute", {"amount": "10", "inquiry": "true"}, "charge.dispute.created"),
            ("warn", {}, "radar.early_fraud_warning.created"),
        ],
    )
    def test_does_what_a_button_says(self, stripe_sandbox, action, form, event):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        back = f"/payments/{session.payment_intent}"

        answer = visit(
            stripe_sandbox,
            f"/actions/{action}",
            form={"payment": session.payment_intent, "back": back, **form},
        )

        assert (answer.status, answer.location) == (303, back)
        assert stripe_sandbox.events(event)
        assert visit(stripe_sandbox, back).status == 200

    def test_reads_amounts_in_the_currencys_own_unit(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client, unit_amount=800, currency="jpy")
        session = make_payment(stripe_sandbox, client, price=price)

        visit(
            stripe_sandbox,
            "/actions/refund",
            form={"payment": session.payment_intent, "amount": "300", "back": "/"},
        )

        assert stripe_sandbox.events("refund.created")[0]["data"]["object"]["amount"] == 300

    def test_says_what_cannot_be_done(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))
        back = f"/payments/{session.payment_intent}"

        answer = visit(
            stripe_sandbox,
            "/actions/refund",
            form={"payment": session.payment_intent, "amount": "99.00", "back": back},
        )

        page = visit(stripe_sandbox, answer.location)
        assert "Refund amount ($99.00) is greater than unrefunded amount" in page.text

    def test_leads_back_to_its_own_pages_only(self, stripe_sandbox):
        session = make_payment(stripe_sandbox, make_client(stripe_sandbox))

        answer = visit(
            stripe_sandbox,
            "/actions/warn",
            form={"payment": session.payment_intent, "back": "//evil.example"},
        )

        assert answer.status == 400

    def test_shows_an_events_payload_and_its_deliveries(self, stripe_sandbox, inbox):
        make_payment(stripe_sandbox, make_client(stripe_sandbox))
        inbox.wait_for(7)
        event = stripe_sandbox.events("checkout.session.completed")[0]

        page = visit(stripe_sandbox, f"/events/{event['id']}")

        assert inbox.url in page.text
        assert "&#34;type&#34;: &#34;checkout.session.completed&#34;" in page.text

    def test_resends_an_event(self, stripe_sandbox, inbox):
        make_client(stripe_sandbox).v1.products.create({"name": "Starter"})
        inbox.wait_for(1)
        event = stripe_sandbox.events()[0]

        visit(stripe_sandbox, "/actions/resend", form={"event": event["id"], "back": "/events"})

        assert [delivery.event["id"] for delivery in inbox.deliveries] == [event["id"]] * 2

    def test_sets_switches_and_warns_of_them(self, stripe_sandbox):
        form = {"back": "/switches", "api_status": "503", "api_only": "refunds"}

        visit(stripe_sandbox, "/actions/switch", form={**form, "delivery_lose": "25"})

        switches = stripe_sandbox.switch()
        assert (switches["api_status"], switches["delivery_lose"]) == (503, 0.25)
        assert "misbehaves on purpose" in visit(stripe_sandbox, "/").text

    def test_pages_through_events(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        for number in range(26):
            client.v1.products.create({"name": f"Plan {number}"})

        first = visit(stripe_sandbox, "/events")

        older = re.search(r'href="(/events\?before=\w+)"', first.text)
        assert older is not None
        assert visit(stripe_sandbox, older[1]).text.count("product.created") == 1
        assert types(stripe_sandbox.events()) == ["product.created"] * 26
