"""A crowd: many people buy at the sandbox's Stripe, and much of the money goes back again."""

from uuid import uuid4

from django.utils import timezone

from billing import checkout
from billing.checkout import pending_payments

# What becomes of a session at Stripe, and how often in a hundred.
SESSIONS = {"pay": 82, "debit_clears": 6, "debit_fails": 5, "expire": 4, "leave": 3}


def refund(stripe, intent, paid, part):
    stripe.refund(intent, part)


def refund_twice(stripe, intent, paid, part):
    stripe.refund(intent, part)
    stripe.refund(intent, part)


def refund_wholly(stripe, intent, paid, part):
    stripe.refund(intent)


def refund_fails(stripe, intent, paid, part):
    stripe.settle_refund(stripe.refund(intent, part)["id"], "failed")


def refund_waits(stripe, intent, paid, part):
    stripe.refund(intent, part, status="pending")


def dispute(stripe, intent, paid, part):
    stripe.dispute(intent)


def dispute_won(stripe, intent, paid, part):
    stripe.win(stripe.dispute(intent)["id"])


def dispute_lost(stripe, intent, paid, part):
    stripe.lose(stripe.dispute(intent, part)["id"])


def dispute_won_in_part(stripe, intent, paid, part):
    stripe.win(stripe.dispute(intent)["id"], part)


def inquiry(stripe, intent, paid, part):
    stripe.lose(stripe.dispute(intent, inquiry=True)["id"])


def refund_and_dispute(stripe, intent, paid, part):
    stripe.refund(intent, part)
    stripe.dispute(intent)


def keep(stripe, intent, paid, part):
    pass


# What becomes of a payment afterwards.
PAYMENTS = {
    keep: 60,
    refund: 14,
    refund_twice: 5,
    refund_wholly: 4,
    refund_fails: 5,
    refund_waits: 2,
    dispute: 2,
    dispute_won: 3,
    dispute_lost: 2,
    dispute_won_in_part: 1,
    inquiry: 1,
    refund_and_dispute: 1,
}
PEOPLE = 40


class Crowd:
    def __init__(self, stripe, chance, *, users, plans):
        self.stripe, self.chance = stripe, chance
        self.users, self.plans = users, plans
        self.began = timezone.now()

    def buy(self, sessions):
        """Open so many sessions, and let each take its way."""
        for number in range(sessions):
            purchase = self._start(
                user=self.users[number % len(self.users)],
                plan_slug=self.chance.choice(self.plans).slug,
            )
            way = self._choose(SESSIONS)
            if way == "expire":
                self.stripe.expire(purchase.stripe_session_id)
            elif way != "leave":
                self._pay(purchase, way)

    def _start(self, *, user, plan_slug):
        """Buy, and once more where they are told that something may be paid already."""
        told = None
        while True:
            try:
                return checkout.start(
                    user=user, plan_slug=plan_slug, form_token=uuid4(), beside=told
                )
            except pending_payments.PendingPayment as error:
                told = error.purchase.uuid

    def _choose(self, ways):
        return self.chance.choices(list(ways), list(ways.values()))[0]

    def _pay(self, purchase, way):
        intent = self.stripe.pay(purchase.stripe_session_id, way)["payment_intent"]
        if way.startswith("debit"):
            self.stripe.settle_debit(intent)
        if way != "debit_fails":
            self._afterwards(intent, purchase.unit_amount)

    def _afterwards(self, intent, paid):
        self._choose(PAYMENTS)(self.stripe, intent, paid, self.chance.randint(1, paid // 2))
