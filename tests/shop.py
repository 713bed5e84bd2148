"""
A shop for tests: people buy, pay and are refunded at the sandbox's Stripe, by the domain's verbs.

Nothing reaches the site by itself: `deliver` posts signed events to the webhook's real view, in
the order, and as often, as the test says.
"""

from itertools import count
from uuid import uuid4

import pytest
from django.test import Client

from billing import catalog, checkout
from billing.models import CreditPlan, Purchase
from tests.people import make_user
from tests.stripe_sandbox.buying import make_client, set_up_tax

_numbers = count(1)


def make_plan(**fields):
    number = next(_numbers)
    return CreditPlan.objects.create(
        **{"slug": f"plan-{number}", "name": f"Plan {number}", "credits": 100, **fields}
    )


def promised(purchase, **other):
    """What a purchase was made with, but for its number and its form: for another one like it."""
    names = {*Purchase.SNAPSHOT, *Purchase.FROZEN_ONCE_OPEN} - {"uuid", "form_token"}
    return {name: getattr(purchase, name) for name in names} | other


class Shop:
    def __init__(self, stripe, client=None):
        self.stripe = stripe
        self.client = client or Client(raise_request_exception=False)
        self._delivered = set()

    def plan(
        self,
        *,
        unit_amount=1000,
        currency="usd",
        amounts=None,
        tax_behavior="unspecified",
        **fields,
    ):
        """A plan on sale; 100 credits for 10.00 USD unless told."""
        plan = make_plan(**fields)
        catalog.set_price(
            plan=plan,
            currency=currency,
            unit_amount=unit_amount,
            amounts=amounts,
            tax_behavior=tax_behavior,
        )
        return plan

    def plan_by_amount(self, *, minimum=500, maximum=50_000, step=50, **fields):
        """A plan for any amount: 10 credits for 1.00 USD, from 5 to 500 in steps of 0.50."""
        amounts = catalog.Amounts(minimum=minimum, maximum=maximum, step=step)
        return self.plan(**{"unit_amount": 100, "credits": 10, "amounts": amounts, **fields})

    def open(self, *, user=None, plan=None, form_token=None, **order):
        """A purchase whose buyer stands before Stripe's page."""
        return checkout.start(
            user=user or make_user(),
            plan_slug=(plan or self.plan()).slug,
            form_token=form_token or uuid4(),
            **order,
        )

    def pay(self, purchase, outcome="pay", **buyer):
        """What the buyer does there; the site has not heard of it yet."""
        return self.stripe.pay(purchase.stripe_session_id, outcome, **buyer)

    def sell(self, *, buyer=None, **kwargs):
        """A purchase, paid and granted; `buyer` is what they say of themselves on the page."""
        purchase = self.open(**kwargs)
        self.pay(purchase, **(buyer or {}))
        self.deliver()
        purchase.refresh_from_db()
        return purchase

    def refund(self, purchase, amount=None, **kwargs):
        """Refund in Stripe's Dashboard; the site has not heard of it yet."""
        return self.stripe.refund(purchase.payment.stripe_payment_intent_id, amount, **kwargs)

    def event(self, type):
        """The newest event of a type."""
        return self.stripe.events(type)[-1]

    def deliver(self, *events):
        """Post these events, or all that were not yet, and expect each to be taken."""
        for event in events or self.undelivered():
            assert self.post(event).status_code == 200, event["type"]

    def undelivered(self):
        return [event for event in self.stripe.events() if event["id"] not in self._delivered]

    def post(self, event):
        body, headers = self.stripe.signed(event)
        self._delivered.add(event["id"])
        return self.client.post(
            "/webhooks/stripe/", body, content_type="application/json", headers=headers
        )


@pytest.fixture
def shop(stripe_sandbox):
    return Shop(stripe_sandbox)


@pytest.fixture
def taxed(shop, settings):
    """A shop in Germany that sells in euro, with Stripe's automatic tax and invoices."""
    settings.BILLING_AUTOMATIC_TAX = True
    settings.BILLING_INVOICE_CREATION = True
    settings.BILLING_CURRENCY = "eur"
    set_up_tax(make_client(shop.stripe), "DE", "FR")
    return shop
