"""What the dashboard shows, read from the store and written for a person."""

import json
from datetime import UTC, datetime
from typing import Any

from stripe_sandbox.delivery.attempts import deliveries
from stripe_sandbox.payments.money import shown
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

PAGE = 25


def payments(world: World, *, before: str | None = None) -> dict[str, Any]:
    """List payments, newest first, and the sessions that wait for one."""
    intents, more = world.store.page("payment_intent", {}, starting_after=before, limit=PAGE)
    waiting, _ = world.store.page("checkout.session", {"status": "open"}, limit=PAGE)
    return {
        "payments": [_row(world, intent) for intent in intents],
        "older": intents[-1]["id"] if more else "",
        "open_sessions": [{**session, "shown": _total(session)} for session in waiting]
        if before is None
        else [],
    }


def payment(world: World, intent: Object) -> dict[str, Any]:
    """Describe one payment: its charge, refunds, disputes and what is possible now."""
    currency = intent["currency"]
    charge = world.store.find(intent["latest_charge"] or "")
    left = charge["amount_captured"] - charge["amount_refunded"] if charge else 0
    return {
        **_row(world, intent),
        "charge": charge,
        "session": next(iter(world.store.all("checkout.session", payment_intent=intent["id"])), {}),
        "left": shown(left, currency),
        "left_plain": plain(left, currency) if left else "",
        "refunds": [
            _money(body) for body in world.store.all("refund", payment_intent=intent["id"])
        ],
        "disputes": [
            _money(body) for body in world.store.all("dispute", payment_intent=intent["id"])
        ],
        "warnings": world.store.all("radar.early_fraud_warning", payment_intent=intent["id"]),
        "events": [_event(world, event) for event in world.store.events_about(intent["id"])],
    }


def events(world: World, *, before: str | None = None) -> dict[str, Any]:
    found, more = world.store.page("event", {}, starting_after=before, limit=PAGE)
    return {
        "events": [_event(world, event) for event in found],
        "older": found[-1]["id"] if more else "",
        "endpoints": world.store.all("webhook_endpoint"),
    }


def event(world: World, body: Object) -> dict[str, Any]:
    return {**_event(world, body), "payload": json.dumps(body, indent=2, ensure_ascii=False)}


def switches(world: World) -> dict[str, Any]:
    shown_switches = world.switches.shown()
    return {
        "switches": {
            name: f"{value:g}" if isinstance(value, float) else value
            for name, value in shown_switches.items()
        },
        "lose_percent": f"{shown_switches['delivery_lose'] * 100:g}",
    }


def plain(amount: int, currency: str) -> str:
    """Write an amount as a form's field wants it: 9.99, or 800 where there are no cents."""
    return "".join(
        letter for letter in shown(amount, currency) if letter.isdigit() or letter == "."
    )


def _row(world: World, intent: Object) -> dict[str, Any]:
    charge = world.store.find(intent["latest_charge"] or "")
    words = {"requires_payment_method": "not paid", "processing": "bank debit under way"}
    status = words.get(intent["status"], intent["status"])
    if charge and charge["amount_refunded"]:
        status = "refunded" if charge["refunded"] else "partly refunded"
    if charge and charge["disputed"]:
        status = "disputed"
    return {
        "intent": intent,
        "shown": shown(intent["amount"], intent["currency"]),
        "status": status,
        "at": _time(intent["created"]),
        "method": charge["payment_method_details"]["type"] if charge else "",
    }


def _total(session: Object) -> str:
    if session["mode"] == "setup":
        return "save a card"
    return shown(session["amount_total"], session["currency"])


def _money(body: Object) -> dict[str, Any]:
    return {**body, "shown": shown(body["amount"], body["currency"])}


def _event(world: World, body: Object) -> dict[str, Any]:
    attempts = deliveries(world, body["id"])
    return {
        "id": body["id"],
        "type": body["type"],
        "at": _time(body["created"]),
        "about": body["data"]["object"]["id"],
        "deliveries": attempts,
        "last": attempts[-1] if attempts else None,
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %H:%M:%S")
