"""`/c/pay/<session>`: the payment page, where a person chooses what shall happen."""

from typing import Any

from aiohttp import web

from stripe_sandbox.actions import perform
from stripe_sandbox.delivery.deliverer import Deliverer
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages import html, invoices
from stripe_sandbox.payments import taxing
from stripe_sandbox.payments.money import shown
from stripe_sandbox.payments.tax_rates import RATES
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

# Stripe's page goes on when the shop has answered the webhook, and after so long anyway.
WAIT_SECONDS = 10.0


class Hosted:
    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self.world = world
        self.deliverer = deliverer

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/c/pay/{session}", self.show),
            web.post("/c/pay/{session}", self.choose),
            web.post("/c/pay/{session}/code", self.enter_code),
            web.post("/c/pay/{session}/address", self.enter_address),
            web.get("/receipts/{charge}", self.receipt),
            web.get("/i/{invoice}/{secret}", self.invoice),
            web.get("/i/{invoice}/{secret}/pdf", self.invoice_pdf),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return self._page(self._session(request))

    async def choose(self, request: web.Request) -> web.Response:
        session = self._session(request)
        outcome = str((await request.post()).get("outcome", ""))
        if outcome == "cancel":
            return html.see_other(session["cancel_url"] or request.path)
        try:
            session = perform(self.world, "pay", {"session": session["id"], "outcome": outcome})
        except StripeError as error:
            session = self.world.store.get(session["id"], "checkout.session")
            return self._page(session, problem=str(error), status=error.status)
        await self._wait_for_shop(session)
        return html.see_other(return_url(session))

    async def enter_code(self, request: web.Request) -> web.Response:
        session = self._session(request)
        code = str((await request.post()).get("code", ""))
        try:
            perform(self.world, "enter_code", {"session": session["id"], "code": code})
        except StripeError as error:
            return self._page(session, problem=str(error), status=error.status)
        return html.see_other(f"/c/pay/{session['id']}")

    async def enter_address(self, request: web.Request) -> web.Response:
        session = self._session(request)
        form = await request.post()
        given = {name: str(form.get(name, "")) for name in ("country", "name", "tax_id")}
        try:
            perform(self.world, "enter_address", {"session": session["id"], **given})
        except StripeError as error:
            return self._page(session, problem=str(error), status=error.status)
        return html.see_other(f"/c/pay/{session['id']}")

    async def invoice(self, request: web.Request) -> web.Response:
        return html.page("invoice.html", invoices.context(self._invoice(request)))

    async def invoice_pdf(self, request: web.Request) -> web.Response:
        invoice = self._invoice(request)
        return web.Response(
            body=invoices.pdf(invoice),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="Invoice-{invoice["number"]}.pdf"'},
        )

    async def receipt(self, request: web.Request) -> web.Response:
        charge = self.world.store.find(request.match_info["charge"])
        if charge is None or charge["object"] != "charge":
            raise web.HTTPNotFound(text="There is no such receipt.")
        context = {
            "charge": charge,
            "amount": shown(charge["amount"], charge["currency"]),
            "refunded": shown(charge["amount_refunded"], charge["currency"]),
        }
        return html.page("receipt.html", context)

    def _invoice(self, request: web.Request) -> Object:
        invoice = self.world.store.find(request.match_info["invoice"])
        secret = request.match_info["secret"]
        if invoice is None or not invoice.get("hosted_invoice_url", "").endswith(f"/{secret}"):
            raise web.HTTPNotFound(text="There is no such invoice.")
        return invoice

    def _session(self, request: web.Request) -> Object:
        session = self.world.store.find(request.match_info["session"])
        if session is None or session["object"] != "checkout.session":
            raise web.HTTPNotFound(text="There is no such payment page.")
        return session

    def _page(self, session: Object, *, problem: str = "", status: int = 200) -> web.Response:
        if session["mode"] == "setup":
            return self._setup_page(session, problem=problem, status=status)
        if session["status"] != "open":
            return html.page("closed.html", {**_order(self.world, session)})
        context = {
            **_order(self.world, session),
            "problem": problem,
            "asks": _asks(self.world, session),
            "takes_debits": any(kind != "card" for kind in session["payment_method_types"]),
        }
        goes_to = (session["success_url"], session["cancel_url"])
        return html.page("pay.html", context, status=status, goes_to=goes_to)

    def _setup_page(self, session: Object, *, problem: str, status: int) -> web.Response:
        context = {"session": session, "email": _email(session), "return_url": return_url(session)}
        if session["status"] != "open":
            return html.page("closed_setup.html", context)
        goes_to = (session["success_url"], session["cancel_url"])
        context["problem"] = problem
        return html.page("setup.html", context, status=status, goes_to=goes_to)

    async def _wait_for_shop(self, session: Object) -> None:
        for event in self.world.store.events_about(session["id"]):
            if event["type"] == "checkout.session.completed":
                await self.deliverer.first_answer(event["id"], within=WAIT_SECONDS)


def return_url(session: Object) -> str:
    """Where the buyer goes after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _email(session: Object) -> str | None:
    details: Object = session["customer_details"] or {}
    return session["customer_email"] or details.get("email")


def _asks(world: World, session: Object) -> dict[str, Any]:
    """Tell what the page asks of the buyer for tax and invoices, and what they said."""
    takes_ids = (session.get("tax_id_collection") or {}).get("enabled", False)
    is_taxed = session["automatic_tax"]["enabled"]
    is_required = session["billing_address_collection"] == "required"
    buyer = taxing.buyer_of(world, session)
    return {
        "address": is_taxed or takes_ids or is_required,
        "tax_id": takes_ids,
        "country": buyer["address"]["country"] if buyer else "",
        "countries": sorted({*RATES, "HK", "US"}),
        "given": next((one["value"] for one in buyer.get("tax_ids", [])), ""),
        "name": buyer.get("name", ""),
    }


def _order(world: World, session: Object) -> dict[str, Any]:
    currency = session["currency"]
    off, tax = (session["total_details"][f"amount_{name}"] for name in ("discount", "tax"))
    is_inside = session["amount_total"] == session["amount_subtotal"] - off
    return {
        "session": session,
        "email": _email(session),
        "items": [
            {
                "name": item["description"],
                "quantity": item["quantity"],
                "each": shown(item["price"]["unit_amount"], currency),
                "total": shown(item["amount_subtotal"], currency),
            }
            for item in world.store.private(session["id"])["line_items"]
        ],
        "discount": shown(-off, currency) if off else "",
        "tax": shown(tax, currency) if tax else "",
        "tax_is_inside": is_inside,
        "total": shown(session["amount_total"], currency),
        "return_url": return_url(session),
    }
