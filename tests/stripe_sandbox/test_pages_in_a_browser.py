"""The sandbox's pages for a person: nothing axe objects to, light or dark, wide or narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import CHROMIUM, LAUNCH
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return LAUNCH


def addresses(stripe_sandbox):
    """One address of each kind of page, each with something on it."""
    client = make_client(stripe_sandbox)
    waiting = make_session(client, price=make_price(client, name="Starter"))
    session = make_payment(stripe_sandbox, client)
    stripe_sandbox.refund(session.id, 300, status="pending")
    stripe_sandbox.dispute(session.id, 300)
    stripe_sandbox.warn(session.id)
    charge = stripe_sandbox.events("charge.succeeded")[0]["data"]["object"]
    event = stripe_sandbox.events()[0]["id"]
    return {
        "paying": f"/c/pay/{waiting.id}",
        "paid": f"/c/pay/{session.id}",
        "receipt": f"/receipts/{charge['id']}",
        "payments": "/",
        "payment": f"/payments/{session.payment_intent}",
        "events": "/events",
        "event": f"/events/{event}",
        "switches": "/switches",
    }


class TestPages:
    @pytest.mark.parametrize(
        ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)], ids=str
    )
    def test_are_accessible_and_fit(self, stripe_sandbox, page, scheme, width):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        problems = {}

        for name, address in addresses(stripe_sandbox).items():
            page.goto(stripe_sandbox.base_url + address)
            result = Axe().run(page)
            if result.violations_count:
                problems[name] = result.generate_report()
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems[name] = "wider than the screen"

        assert problems == {}

    def test_pay_with_one_button_and_return_to_the_shop(self, stripe_sandbox, page):
        client = make_client(stripe_sandbox)
        back = f"{stripe_sandbox.base_url}/events?paid={{CHECKOUT_SESSION_ID}}"
        session = make_session(client, success_url=back)

        page.goto(session.url)
        page.get_by_role("button", name="Have the card declined").click()
        assert page.get_by_role("alert").inner_text().startswith("Your card was declined.")
        page.get_by_role("button", name="Pay $10.00").click()

        page.wait_for_url(lambda url: url.endswith(f"/events?paid={session.id}"))
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_refund_in_the_dashboard(self, stripe_sandbox, page):
        make_payment(stripe_sandbox, make_client(stripe_sandbox))

        page.goto(stripe_sandbox.base_url)
        page.get_by_role("link", name="pi_").click()
        page.get_by_label("Amount in USD").first.fill("3.33")
        page.get_by_role("button", name="Refund").click()

        assert page.get_by_role("heading", level=1).inner_text() == "$10.00 partly refunded"
        refund = stripe_sandbox.events("refund.created")[0]["data"]["object"]
        assert (refund["amount"], refund["status"]) == (333, "succeeded")
