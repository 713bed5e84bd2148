"""From one HTTP request's text to one answer: who asks, for what, with which parameters."""

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.api import expanding, forms, idempotency
from stripe_sandbox.api.idempotency import Reply
from stripe_sandbox.api.resources import (
    account,
    charges,
    checkout,
    coupons,
    customers,
    disputes,
    events,
    invoices,
    payment_intents,
    payment_methods,
    portal_sessions,
    prices,
    products,
    refunds,
    setup_intents,
    stripecli,
    tax,
    webhook_endpoints,
)
from stripe_sandbox.api.routes import Call, Route
from stripe_sandbox.errors import StripeError
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import Request, World

LONGEST_KEY = 255

ROUTES: tuple[Route, ...] = (
    *account.ROUTES,
    *charges.ROUTES,
    *checkout.ROUTES,
    *coupons.ROUTES,
    *customers.ROUTES,
    *disputes.ROUTES,
    *events.ROUTES,
    *invoices.ROUTES,
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *portal_sessions.ROUTES,
    *prices.ROUTES,
    *products.ROUTES,
    *refunds.ROUTES,
    *setup_intents.ROUTES,
    *stripecli.ROUTES,
    *tax.ROUTES,
    *webhook_endpoints.ROUTES,
)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)


def answer(world: World, asked: Asked) -> Answer:
    """Answer one call; whatever is wrong with it is an answer too."""
    request_id = f"req_{random_text(14)}"
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    key = asked.headers.get("Idempotency-Key")
    if key:
        headers["Idempotency-Key"] = key
    try:
        _authenticate(asked.headers.get("Authorization", ""))
        _check_version(asked.headers.get("Stripe-Version", API_VERSION))
        _check_key(key)
        route, named = _route(asked)
        text = asked.body if asked.method == "POST" else asked.query
        with world.store.transaction():
            if key and asked.method == "POST":
                kept = _kept(world, asked, key)
                if kept is not None:
                    headers["Idempotent-Replayed"] = "true"
                    headers["Original-Request"] = kept.request_id
                    return Answer(kept.status, kept.body, headers)
            params = route.form.read_all(forms.decode(text))
            world.request = Request(request_id, key)
            reply = _perform(world, route, Call(world=world, params=params, id=named), request_id)
            if key and asked.method == "POST":
                idempotency.keep(
                    world.store,
                    key,
                    reply,
                    endpoint=f"{asked.method} {asked.path}",
                    params=_canonical(asked.body),
                    now=time.time(),
                )
    except StripeError as error:
        return Answer(error.status, _error(error, request_id), headers)
    finally:
        world.request = Request()
    return Answer(reply.status, reply.body, headers)


def _perform(world: World, route: Route, call: Call, request_id: str) -> Reply:
    """Run the endpoint; a refusal undoes what it did, a declined card does not."""
    store = world.store
    store.db.execute("SAVEPOINT effect")
    try:
        body = expanding.expand(store, route.handler(call), call.params.get("expand", ()))
    except StripeError as error:
        if error.undoes:
            store.db.execute("ROLLBACK TO effect")
        store.db.execute("RELEASE effect")
        return Reply(error.status, _error(error, request_id), request_id)
    store.db.execute("RELEASE effect")
    return Reply(200, body, request_id)


def _kept(world: World, asked: Asked, key: str) -> Reply | None:
    return idempotency.find(
        world.store,
        key,
        endpoint=f"{asked.method} {asked.path}",
        params=_canonical(asked.body),
        now=time.time(),
    )


def _canonical(body: str) -> str:
    """Make the same text of the same parameters, whatever their order."""
    return json.dumps(forms.decode(body), sort_keys=True)


def _authenticate(authorization: str) -> None:
    scheme, _, credentials = authorization.partition(" ")
    key = credentials.strip()
    if scheme == "Basic":
        key = _basic_user(credentials)
    elif scheme != "Bearer":
        key = ""
    if key.startswith(("sk_live_", "rk_live_")):
        raise StripeError(
            401,
            "This is a sandbox on your own machine and takes no live keys: nothing here is real "
            "money. Use a key that begins with sk_test_.",
        )
    if not key:
        raise StripeError(
            401,
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer sk_test_…').",
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        raise StripeError(401, f"Invalid API Key provided: {key[:3]}***")


def _check_version(version: str) -> None:
    """
    Refuse what no version of Stripe's is called, or none that it had when the sandbox was written.

    An earlier one is taken, though the answer is that of `API_VERSION`.
    """
    named = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(\.[a-z]+)?", version)
    if named is None or named[1] > API_VERSION.partition(".")[0]:
        raise StripeError(400, f"Invalid Stripe API version: {version}")


def _check_key(key: str | None) -> None:
    """docs.stripe.com/api/idempotent_requests: keys are up to 255 characters long."""
    if key is not None and len(key) > LONGEST_KEY:
        raise StripeError(
            400,
            f"Idempotency keys can have up to {LONGEST_KEY} characters, but you passed in "
            f"a key that is {len(key)} characters.",
        )


def _basic_user(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _route(asked: Asked) -> tuple[Route, str]:
    for route in ROUTES:
        named = route.match(asked.method, asked.path)
        if named is not None:
            return route, named
    raise StripeError(
        404,
        f"Unrecognized request URL ({asked.method}: {asked.path}). The sandbox does not have it, "
        "or Stripe neither.",
    )


def _error(error: StripeError, request_id: str) -> Object:
    details: dict[str, Any] = dict(error.error)
    details["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
    return {"error": details}
