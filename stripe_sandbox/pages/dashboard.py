"""`/`: payments, events and switches, for a person with a browser."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from stripe_sandbox.actions import perform
from stripe_sandbox.delivery.deliverer import Deliverer
from stripe_sandbox.errors import StripeError, refused
from stripe_sandbox.pages import html, overview
from stripe_sandbox.payments.money import read
from stripe_sandbox.state.world import World

# The page shows what the shop answered, where it answers soon.
WAIT_SECONDS = 1.0
NUMBERS = ("api_slow", "api_hang_after_effect", "delivery_shuffle", "delivery_slow")
WHOLE_OR_NONE = ("api_times", "api_status")
FLAGS = ("api_down", "delivery_off", "delivery_duplicate", "portal_missing")


class Dashboard:
    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self.world = world
        self.deliverer = deliverer

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.payments),
            web.get("/payments/{payment}", self.payment),
            web.get("/events", self.events),
            web.get("/events/{event}", self.event),
            web.get("/switches", self.switches),
            web.post("/actions/{action}", self.action),
        ]

    async def payments(self, request: web.Request) -> web.Response:
        before = request.query.get("before")
        return self._page(request, "payments.html", overview.payments(self.world, before=before))

    async def payment(self, request: web.Request) -> web.Response:
        intent = self.world.store.find(request.match_info["payment"])
        if intent is None or intent["object"] != "payment_intent":
            raise web.HTTPNotFound(text="There is no such payment.")
        return self._page(request, "payment.html", overview.payment(self.world, intent))

    async def events(self, request: web.Request) -> web.Response:
        before = request.query.get("before")
        return self._page(request, "events.html", overview.events(self.world, before=before))

    async def event(self, request: web.Request) -> web.Response:
        event = self.world.store.find(request.match_info["event"])
        if event is None or event["object"] != "event":
            raise web.HTTPNotFound(text="There is no such event.")
        return self._page(request, "event.html", overview.event(self.world, event))

    async def switches(self, request: web.Request) -> web.Response:
        return self._page(request, "switches.html", overview.switches(self.world))

    async def action(self, request: web.Request) -> web.Response:
        """Do what a button says, and come back to the page it stands on."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        back = form.pop("back", "/")
        if not back.startswith("/") or back.startswith("//"):
            raise web.HTTPBadRequest(text="Back to where?")
        action = request.match_info["action"]
        path = urlsplit(back).path
        try:
            perform(self.world, action, self._values(action, form))
        except StripeError as error:
            return html.see_other(f"{path}?{urlencode({'problem': str(error)})}")
        if not self.world.switches.misbehave():
            await self.deliverer.first_answer(within=WAIT_SECONDS)
        return html.see_other(path)

    def _values(self, action: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Turn a form's text into the values of an action; an empty field is left out."""
        if action == "switch":
            return _switches(form)
        values: dict[str, Any] = {name: text for name, text in form.items() if text != ""}
        for name in ("clears", "inquiry"):
            if name in values:
                values[name] = values[name] == "true"
        if "amount" in values:
            values["amount"] = read(values["amount"], self._currency(values))
        return values

    def _currency(self, values: Mapping[str, str]) -> str:
        body = self.world.store.find(values.get("payment") or values.get("dispute") or "")
        if body is None:
            raise refused("There is no such payment.")
        return str(body["currency"])

    def _page(self, request: web.Request, template: str, context: dict[str, Any]) -> web.Response:
        context |= {
            "back": request.path,
            "problem": request.query.get("problem", ""),
            "misbehaves": self.world.switches.misbehave(),
        }
        return html.page(template, context)


def _switches(form: Mapping[str, str]) -> dict[str, Any]:
    try:
        values: dict[str, Any] = {name: float(form.get(name) or 0) for name in NUMBERS}
        for name in WHOLE_OR_NONE:
            values[name] = int(form[name]) if form.get(name) else None
        bank = form.get("bank_seconds")
        values["bank_seconds"] = float(bank) if bank else None
        values["delivery_lose"] = float(form.get("delivery_lose") or 0) / 100
    except ValueError as error:
        raise refused("A switch wants a number.") from error
    values |= {name: name in form for name in FLAGS}
    return {**values, "api_only": form.get("api_only", "").strip()}
