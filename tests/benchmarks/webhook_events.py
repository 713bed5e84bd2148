"""Paid sessions as Stripe tells of them, each of a purchase of its own, and the books after."""

import json
from typing import Any
from uuid import uuid4

SECRET = "whsec_tests"


def make_events(stripe: Any, count: int, orders: list[dict]) -> tuple[dict, list[dict]]:
    """
    Open purchases, and copy a real event for each of them; return that event and the copies.

    :param orders: what gringotts-api calls them, if it is to take them in as well
    """
    from django.conf import settings

    from billing.models import Purchase
    from credits.models import Account
    from tests.people import make_user
    from tests.shop import Shop, promised

    settings.STRIPE_API_BASE = stripe.base_url
    shop = Shop(stripe)
    model = shop.open()
    shop.pay(model)
    event = shop.event("checkout.session.completed")
    text = json.dumps(event)
    session_id = event["data"]["object"]["id"]
    payment_id = event["data"]["object"]["payment_intent"]
    event_id = event["id"]
    accounts = [Account.objects.for_user(make_user()) for _ in range(count)]
    terms = promised(model)
    del terms["account"]
    buyer = buyer_of(model)
    purchases = Purchase.objects.bulk_create(
        Purchase(
            account=accounts[number],
            status="open",
            stripe_session_id=f"cs_test_{number}",
            form_token=uuid4(),
            **terms,
        )
        for number in range(count)
    )
    copies = [
        json.loads(
            text.replace(session_id, f"cs_test_{number}")
            .replace(payment_id, f"pi_{number}")
            .replace(event_id, f"evt_{number}")
            .replace(str(model.uuid), str(purchase.uuid))
            .replace(buyer, buyer_of(purchase))
        )
        for number, purchase in enumerate(purchases)
    ]
    for copy, order in zip(copies, orders, strict=False):
        session = copy["data"]["object"]
        session["client_reference_id"] = order["order"]
        session["metadata"]["gringotts_order_id"] = order["order"]
        session["metadata"]["gringotts_user_id"] = str(order["user"])
        session["metadata"]["credits"] = str(order["credits"])
    return event, copies


def buyer_of(purchase) -> str:
    """The purchase's user, as a session's metadata names one."""
    return json.dumps({"user_id": str(purchase.account.user_id)})[1:-1]


def request_of(event: dict, path: str) -> bytes:
    from stripe_sandbox import signing

    body = signing.payload(event)
    head = {**signing.headers(body, SECRET), "Host": "testserver", "Content-Length": len(body)}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode() + body


def check_books(purchases: int) -> int:
    """Every purchase was paid once, and the ledger adds up."""
    from django.core.management import call_command
    from django.db.models import Sum

    from billing.models import Purchase
    from credits.models import Account

    paid = Purchase.objects.filter(status="paid")
    granted = Account.objects.aggregate(total=Sum("balance"))["total"]
    if paid.count() != purchases or granted != paid.aggregate(total=Sum("credits"))["total"]:
        print(f"BOOKS: {paid.count()} of {purchases} paid, {granted} credits")
        return 1
    call_command("check_ledger")
    return 0
