"""
What needs Django on those hosts: `python -m tests.deploy.hosts.scene set | judge`.

`set` makes people who are logged in, a plan and an API key, and prints them as JSON. `judge` holds
the books against Stripe's objects and against what was acknowledged, and prints each fault.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - models are there only now
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from api import keys  # noqa: E402
from billing import catalog  # noqa: E402
from billing.models import CreditPlan, Purchase  # noqa: E402
from credits.models import Account, CreditTransaction  # noqa: E402
from stripe_sandbox.client import Sandbox  # noqa: E402
from tests.chaos import books  # noqa: E402
from tests.people import make_user  # noqa: E402
from tests.truth import Truth  # noqa: E402

PEOPLE = 8
PATIENCE = 300.0  # seconds until the last event is taken in


def set_up():
    plan = CreditPlan.objects.create(slug="hundred", name="Hundred", credits=100)
    catalog.set_price(plan=plan, currency="usd", unit_amount=1000)
    people = [make_user() for _ in range(PEOPLE)]
    accounts = [Account.objects.get_or_create(user=user)[0].pk for user in people]
    _, key = keys.make(
        name="load", client="load", scopes=["spend"], account=None, created_by="tests"
    )
    # As patient as Stripe, which repeats for three days, and not as slow.
    Sandbox(settings.STRIPE_API_BASE).switch(retry_seconds=[1.0] * 300)
    return {
        "people": [logged_in(user) for user in people],
        "accounts": accounts,
        "plan": plan.slug,
        "key": key,
    }


def logged_in(user):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def judge(journal):
    lines = [json.loads(line) for line in Path(journal).read_text().splitlines()]
    stripe = Sandbox(settings.STRIPE_API_BASE)
    deadline = time.monotonic() + PATIENCE
    while any(delivery["state"] == "waiting" for delivery in stripe.deliveries()):
        if time.monotonic() > deadline:
            yield "some of Stripe's events were not taken in"
            return
        time.sleep(0.5)
    events = stripe.events()
    yield from books.faults(Truth(events), events={event["id"] for event in events})
    yield from of_spends(lines)
    yield from of_purchases(lines)


def of_spends(lines):
    kept = {
        f"{spent.account_id}-{spent.seq}": spent.key
        for spent in CreditTransaction.objects.filter(kind=CreditTransaction.Kind.SPEND)
    }
    acknowledged = {line["name"]: line["transaction"] for line in lines if line["what"] == "spent"}
    for name, number in acknowledged.items():
        if kept.get(number) != f"api:load:{name}":
            yield f"{name} was acknowledged as {number}, which is {kept.get(number)}"
    asked = {f"api:load:{line['name']}" for line in lines if line["what"] == "spend"}
    if unasked := set(kept.values()) - asked:
        yield f"nobody asked for {unasked}"
    if len(set(kept.values())) != len(kept):
        yield "a key was spent twice"


def of_purchases(lines):
    paid = {line["name"] for line in lines if line["what"] == "paid"}
    granted = set(
        Purchase.objects.filter(status=Purchase.Status.PAID).values_list(
            "stripe_session_id", flat=True
        )
    )
    if paid - granted:
        yield f"paid at Stripe, and not granted: {paid - granted}"


if __name__ == "__main__":
    if sys.argv[1] == "set":
        print(json.dumps(set_up()))  # noqa: T201 - the test reads it
    else:
        print("\n".join(judge(sys.argv[2])))  # noqa: T201 - the test reads it
