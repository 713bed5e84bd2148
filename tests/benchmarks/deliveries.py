"""
Webhooks under fire, in figures: `python -m tests.benchmarks.deliveries --help`.

Thousands of sessions with refunds, failures and disputes among them; every event many times over,
shuffled, posted to several processes of the site, while every call to Stripe hangs. Then the books
are held against Stripe's own objects. Then strangers post what they like.
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from random import Random

from tests.benchmarks.scene import Scene, scene

# What moves credits; the first word of a charge comes with its session.
TYPES = ("checkout.session.", "refund.", "charge.refund", "charge.dispute.")


def main():
    arguments = _arguments()
    print(f"Seed {arguments.seed}.")
    with scene() as it:
        sys.exit(measure(it, arguments))


def measure(it: Scene, arguments: Namespace) -> int:
    """Do it, print it, and return 1 if anything was lost, doubled or let in."""
    from billing.models import Purchase, StripeEvent
    from stripe_sandbox import signing
    from tests.chaos import books, garbage, serving
    from tests.truth import Truth

    chance = Random(arguments.seed)
    _sell(it, chance, arguments.sessions)
    events = [event for event in it.stripe.events() if event["type"].startswith(TYPES)]
    truth = Truth(it.stripe.events())
    bodies = [signing.payload(event) for event in events] * arguments.copies
    chance.shuffle(bodies)
    it.stripe.switch(api_slow=3600)

    with serving.site(
        it.folder, workers=arguments.workers, database=it.database, stripe=it.stripe.base_url
    ) as path:
        answers = serving.deliver(path, bodies, threads=arguments.threads)
        found = list(books.faults(truth, events={event["id"] for event in events}))
        before = StripeEvent.objects.count()
        strangers = serving.throw(
            path, garbage.requests(chance, events[:200], arguments.garbage), threads=8
        )
        let_in = StripeEvent.objects.count() - before

    paid = Purchase.objects.filter(status=Purchase.Status.PAID).count()
    lost = sum(fault.startswith("lost") for fault in found)
    print(
        f"Deliveries: {len(bodies)} of {len(events)} events of {arguments.sessions} sessions, to "
        f"{arguments.workers} processes, every call to Stripe hanging: {answers.rate:.0f}/s, "
        f"p50 {answers.quantile(0.5) * 1000:.0f} ms, p99 {answers.quantile(0.99) * 1000:.0f} ms, "
        f"answers {dict(answers.codes)}.\n"
        f"Books: {paid} sessions paid, {lost} lost, {len(found)} faults; "
        f"{sum(map(truth.received, _sold(truth)))} received, "
        f"{sum(map(truth.refunded, _sold(truth)))} refunded, "
        f"{sum(map(truth.withdrawn, _sold(truth)))} withdrawn, in cents, here as at Stripe.\n"
        f"Strangers: {arguments.garbage} bodies: {dict(strangers.codes)}, {strangers.rate:.0f}/s, "
        f"{let_in} rows."
    )
    for fault in found:
        print(fault)
    refused = all(code < 500 for code in strangers.codes)
    return 0 if not found and not let_in and refused and set(answers.codes) == {200} else 1


def _sell(it, chance, sessions):
    from tests.chaos.crowd import PEOPLE, Crowd
    from tests.people import make_user
    from tests.shop import Shop

    began = time.monotonic()
    shop = Shop(it.stripe)
    plans = [
        shop.plan(credits=credits, unit_amount=amount)
        for credits, amount in ((100, 1000), (7, 999), (1_000_000, 50_000))
    ]
    Crowd(it.stripe, chance, users=[make_user() for _ in range(PEOPLE)], plans=plans).buy(sessions)
    print(f"{sessions} sessions at Stripe after {time.monotonic() - began:.0f} s.")


def _sold(truth):
    return [
        session["payment_intent"]
        for session in truth.sessions.values()
        if session["payment_status"] == "paid"
    ]


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.deliveries", description=__doc__)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--copies", type=int, default=10, help="of every event")
    parser.add_argument("--workers", type=int, default=8, help="processes of the site")
    parser.add_argument("--threads", type=int, default=8, help="deliveries at once")
    parser.add_argument("--garbage", type=int, default=100_000, help="unauthenticated bodies")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


if __name__ == "__main__":
    main()
