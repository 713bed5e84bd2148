"""
The whole webhook beside an empty view, both under gunicorn: `python -m tests.benchmarks.webhook`.

Each event pays for a purchase of its own: signature, inbox, facts, settlement, grant and commit.
Prints requests a second of both, and their ratio, from alternating rounds of one run.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from development import embedded_postgres
from tests.benchmarks import results
from tests.benchmarks.hammering import gunicorn, hammer
from tests.benchmarks.webhook_events import SECRET, check_books, make_events, request_of
from tests.databases import ROOMY


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="other webhooks on the same events")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=1_000, help="a round")
    options = parser.parse_args()
    if not os.environ.get("DATABASE_URL"):
        server = embedded_postgres.throw_away_server(durable=True, settings=ROOMY)
        os.environ["DATABASE_URL"] = server.url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.webhook_settings"
    import django

    django.setup()
    from django.core.management import call_command

    from stripe_sandbox import testing

    call_command("migrate", verbosity=0)
    with ExitStack() as stack:
        stripe = stack.enter_context(testing.running(secret=SECRET))
        os.environ["STRIPE_API_BASE"] = stripe.base_url
        count = options.rounds * options.events
        orders: list[dict] = []
        peers = []
        if options.peers:
            from tests.benchmarks import webhook_peers

            orders = webhook_peers.make_orders(count)
            peers = [stack.enter_context(webhook_peers.gringotts())]
        original, events = make_events(stripe, count, orders)
        if options.peers:
            peers.append(webhook_peers.dj_stripe(original))
        ours = Receiver("this project", stack.enter_context(gunicorn()), "/webhooks/stripe/")
        receivers = [ours, *(peer.at(ours.address) for peer in peers)]
        compare(receivers, events, options)
    return check_books(len(events))


@dataclass(frozen=True)
class Receiver:
    name: str
    # Of the socket; empty for what is served where this project is.
    address: str
    path: str
    # What is changed of an event for this receiver.
    adapt: Callable[[dict], dict] = dict

    def at(self, address: str) -> "Receiver":
        return replace(self, address=self.address or address)


def compare(receivers: list[Receiver], events: list[dict], options: argparse.Namespace) -> None:
    """Let them take turns, each on the same events; print requests a second, and ratios."""
    ours = receivers[0]
    get = b"GET /empty/ HTTP/1.1\r\nHost: testserver\r\n\r\n"
    hammer(ours.address, [get] * options.events)
    empty: list[float] = []
    rates: dict[str, list[float]] = {receiver.name: [] for receiver in receivers}
    for number in range(options.rounds):
        empty.append(hammer(ours.address, [get] * options.events))
        batch = events[number * options.events : (number + 1) * options.events]
        for receiver in receivers:
            sent = [request_of(receiver.adapt(event), receiver.path) for event in batch]
            rates[receiver.name].append(hammer(receiver.address, sent))
    figures = {"webhook": share(rates[ours.name], empty)}
    print(f"{'empty view':16}{statistics.median(empty):8.0f} requests/s")
    for receiver in receivers:
        print(
            f"{receiver.name:16}{statistics.median(rates[receiver.name]):8.0f} requests/s", end=""
        )
        print(f"{share(rates[receiver.name], empty):8.2f} of the empty view", end="")
        if receiver is not ours:
            times = share(rates[ours.name], rates[receiver.name])
            figures[f"webhook_times_{receiver.name}"] = times
            print(f"{times:8.1f} times as fast is this project", end="")
        print()
    results.keep(figures)


def share(rates: list[float], of: list[float]) -> float:
    return statistics.median(mine / base for mine, base in zip(rates, of, strict=True))


if __name__ == "__main__":
    sys.exit(main())
