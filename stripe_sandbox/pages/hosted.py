"""`/c/pay/<session>`: the payment page, where a person chooses what shall happen."""

from typing import Any

from aiohttp import web

from stripe_sandbox.actions import perform
from stripe_sandbox.delivery.deliverer import Deliverer
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages import html
from stripe_sandbox.payments.money import shown
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
            web.get("/receipts/{charge}", self.receipt),
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


def _order(world: World, session: Object) -> dict[str, Any]:
    currency = session["currency"]
    off = session["total_details"]["amount_discount"]
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
        "total": shown(session["amount_total"], currency),
        "return_url": return_url(session),
    }
