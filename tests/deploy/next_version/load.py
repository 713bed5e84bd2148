"""
People at work: `python -m tests.deploy.next_version.load JOURNAL NAME [next]`.

A line of JSON for each thing done, or for the error that came instead: nothing is tried again.
`next`: as the next version's code does it, by the verb that it brings. Stops after SIGTERM.
"""

import json
import signal
import sys
import time
from pathlib import Path
from threading import Event, Lock, Thread

import django

django.setup()

from django.conf import settings  # noqa: E402 - models are there only now
from django.db import connection, transaction  # noqa: E402

from credits import functions, holds, ledger  # noqa: E402
from credits.models import Account, Lot  # noqa: E402
from credits.prepared import insert  # noqa: E402
from stripe_sandbox.testing import StripeSandbox  # noqa: E402
from tests.people import make_user  # noqa: E402
from tests.shop import Shop  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]
settings.BILLING_CHECKOUTS_PER_HOUR = 100_000


class Work:
    def __init__(self, journal, name):
        self.name = name
        self.journal = journal.open("a", buffering=1)
        self.lock, self.over = Lock(), Event()
        self.user = make_user(email=f"{name}@example.com", username=name)
        self.account = Account.objects.get_or_create(user=self.user)[0]
        stripe = StripeSandbox(settings.STRIPE_API_BASE, secret=settings.STRIPE_WEBHOOK_SECRET[0])
        self.shop = Shop(stripe)
        self.plan = self.shop.plan(slug=name)
        ledger.grant(account=self.account, credits=10**6, source=f"{name}", kind=Lot.Kind.PROMOTION)

    def go_on(self, what, do):
        """Do one thing again and again, and write down each time how long it took."""
        number = 0
        while not self.over.is_set():
            number += 1
            began, error = time.monotonic(), ""
            try:
                do(f"{self.name}-{what}-{number}")
            except Exception as failure:  # noqa: BLE001 - the test reads of it
                error = repr(failure)
            seconds = time.monotonic() - began
            with self.lock:
                line = {"by": self.name, "what": what, "seconds": seconds, "error": error}
                self.journal.write(json.dumps(line) + "\n")
            time.sleep(0.02)
        connection.close()

    def spend(self, key):
        ledger.spend(account=self.account, credits=1, key=key)

    def spend_in_a_transaction(self, key):
        """As a host does, whose own rows and ours are written together."""
        with transaction.atomic():
            ledger.spend(account=self.account, credits=1, key=key)
            ledger.balance(self.account)

    def hold(self, key):
        held = holds.hold(account=self.account, credits=3, key=key)
        holds.capture(hold=held, credits=2)

    def grant_and_take_back(self, key):
        lot = ledger.grant(account=self.account, credits=9, source=key, kind=Lot.Kind.PROMOTION)
        ledger.set_clawback_target(lot=lot, target=4, key=key)

    def sell(self, key):
        """A purchase: its page, Stripe's webhooks, its mail."""
        self.shop.sell(user=self.user, plan=self.plan)


def main(journal, name, version=""):
    if version == "next":
        functions.draw = insert("credits_draw_v2", functions.Draw, functions.Drawn)
    work = Work(Path(journal), name)
    signal.signal(signal.SIGTERM, lambda *_: work.over.set())
    things = [work.spend, work.spend_in_a_transaction, work.hold, work.grant_and_take_back]
    crew = [
        Thread(target=work.go_on, args=[thing.__name__, thing]) for thing in (*things, work.sell)
    ]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
