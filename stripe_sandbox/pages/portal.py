"""`/p/session/<session>/<secret>`: the customer portal, with the customer's cards and address."""

import hmac

from aiohttp import web

from stripe_sandbox.actions import perform
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages import html
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

LINES = ("line1", "line2", "postal_code", "city", "state", "country")


class Portal:
    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        path = "/p/session/{session}/{secret}"
        return [
            web.get(path, self.show),
            web.post(f"{path}/remove", self.remove),
            web.post(f"{path}/address", self.address),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return self._page(request)

    async def remove(self, request: web.Request) -> web.Response:
        customer = self._customer(request)
        method = str((await request.post()).get("payment_method", ""))
        if method not in {card["id"] for card in self._cards(customer)}:
            raise web.HTTPNotFound(text="There is no such card.")
        return self._perform(request, "detach_card", payment_method=method)

    async def address(self, request: web.Request) -> web.Response:
        customer = self._customer(request)
        form = await request.post()
        address = {name: str(form.get(name, "")).strip() or None for name in LINES}
        return self._perform(request, "update_customer", customer=customer["id"], address=address)

    def _perform(self, request: web.Request, action: str, **values: object) -> web.Response:
        try:
            perform(self.world, action, values)
        except StripeError as error:
            return self._page(request, problem=str(error), status=error.status)
        return html.see_other(request.path.rpartition("/")[0])

    def _page(self, request: web.Request, *, problem: str = "", status: int = 200) -> web.Response:
        session, customer = self._session(request), self._customer(request)
        context = {
            "session": session,
            "path": session["url"].removeprefix(self.world.base_url),
            "customer": customer,
            "address": customer["address"] or dict.fromkeys(LINES),
            "cards": self._cards(customer),
            "lines": LINES,
            "problem": problem,
        }
        return html.page("portal.html", context, status=status, goes_to=(session["return_url"],))

    def _cards(self, customer: Object) -> list[Object]:
        return self.world.store.all("payment_method", customer=customer["id"], type="card")

    def _customer(self, request: web.Request) -> Object:
        customer = self.world.store.find(self._session(request)["customer"])
        if customer is None or customer["object"] != "customer":
            raise web.HTTPNotFound(text="There is no such customer any more.")
        return customer

    def _session(self, request: web.Request) -> Object:
        session = self.world.store.find(request.match_info["session"])
        if session is None or session["object"] != "billing_portal.session":
            raise web.HTTPNotFound(text="There is no such page.")
        secret = self.world.store.private(session["id"])["secret"]
        if not hmac.compare_digest(secret, request.match_info["secret"]):
            raise web.HTTPNotFound(text="There is no such page.")
        return session
