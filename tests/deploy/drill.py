"""
What happens at a shop in an hour: `python -m tests.deploy.drill sell N | again | faults`.

`sell` sells to N new people and delivers Stripe's events; `again` sells to those that are there,
and one of them gets money back. `faults` prints what the books do not have as Stripe has it.
"""

import sys
from contextlib import suppress

import django

django.setup()

from django.conf import settings  # noqa: E402 - models are there only now
from django.contrib.auth.models import User  # noqa: E402

from billing.models import CreditPlan, Purchase  # noqa: E402
from billing.webhooks.handlers import HANDLERS  # noqa: E402
from credits import ledger  # noqa: E402
from stripe_sandbox.testing import StripeSandbox  # noqa: E402
from tests.chaos import books  # noqa: E402
from tests.people import make_user  # noqa: E402
from tests.shop import Shop  # noqa: E402
from tests.truth import Truth  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]  # as Django's client names it


class Hour:
    def __init__(self):
        self.stripe = StripeSandbox(
            settings.STRIPE_API_BASE, secret=settings.STRIPE_WEBHOOK_SECRET[0]
        )
        self.shop = Shop(self.stripe)

    def sell(self, number):
        plan = self.plan()
        for _ in range(int(number)):
            purchase = self.shop.sell(user=self.person(), plan=plan)
            ledger.spend(account=purchase.account, credits=7, key=f"job {purchase.uuid}")

    def again(self):
        plan, old = self.plan(), Purchase.objects.order_by("pk")
        for user in User.objects.order_by("pk")[:2]:
            self.shop.sell(user=user, plan=plan)
        self.shop.refund(old.first(), 400)
        self.shop.deliver()

    def faults(self):
        events = self.stripe.events()
        handled = {event["id"] for event in events if event["type"] in HANDLERS}
        print("\n".join(books.faults(Truth(events), events=handled)))  # noqa: T201 - it is read

    def plan(self):
        with suppress(CreditPlan.DoesNotExist):
            return CreditPlan.objects.get()
        return self.shop.plan()

    @staticmethod
    def person():
        number = User.objects.count() + 1
        return make_user(email=f"drill{number}@example.com", username=f"drill{number}")


if __name__ == "__main__":
    getattr(Hour(), sys.argv[1])(*sys.argv[2:])
