"""
Workers that use every verb of the ledger, and write down what was acknowledged.

`python -m tests.chaos.ledger_load FOLDER WORKERS ACCOUNTS` keeps so many running; their numbers are
in FOLDER/pids. Each writes one line of JSON per acknowledged operation, after the verb has
returned. It may be killed at any instant, and another takes its place; when the server goes away
it says the same thing again under the same key until it has an answer.
"""

import json
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

import django
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

django.setup()

from credits import holds, ledger  # noqa: E402  models are there only now
from credits.errors import HoldClosed  # noqa: E402
from credits.models import Account, Lot  # noqa: E402

# How long a hold lasts that is extended.
BRIEF = timedelta(milliseconds=500)


def main(folder, workers, accounts):
    children: set = set()
    started = 0
    while True:
        while len(children) < workers:
            started += 1
            pid = os.fork()
            if pid == 0:
                work(folder / f"{started}.log", started, accounts)
            children.add(pid)
        (folder / "pids.new").write_text(" ".join(map(str, children)))
        (folder / "pids.new").rename(folder / "pids")
        children.discard(os.wait()[0])


def work(log, seed, accounts):
    chance = random.Random(seed)
    own = [Account(pk=int(pk)) for pk in accounts.split(",")]
    with log.open("a", buffering=1) as file:
        number = 0
        while True:
            number += 1
            done = operate(chance, own, f"{seed}-{number}")
            file.writelines(json.dumps(line) + "\n" for line in done)


def operate(chance, accounts, key):
    """Do one thing to some accounts, the first of them mostly; yield what was acknowledged."""
    verb = chance.choice(VERBS)
    try:
        for account, *line in verb(chance.sample(accounts, 5), chance.randrange(1, 9), key):
            yield [account.pk, *line]
    except ledger.InsufficientCredits:
        pass


def grant(accounts, credits, key, **values):
    kind = Lot.Kind.PROMOTION
    lot = insist(
        ledger.grant, account=accounts[0], credits=credits, source=key, kind=kind, **values
    )
    yield accounts[0], "source", key, credits
    return lot


def grant_what_expires(accounts, credits, key):
    soon = timezone.now() + timedelta(milliseconds=200)
    yield from grant(accounts, credits, key, expires_at=soon)
    insist(ledger.expire)


def grant_what_is_spent_first_or_last(accounts, credits, key):
    yield from grant(accounts, credits, key, priority=10 * credits)


def grant_what_begins_later(accounts, credits, key):
    now = timezone.now()
    soon, over = now + timedelta(milliseconds=100), now + timedelta(milliseconds=400)
    ends = {"expires_at": over} if credits % 2 else {}
    yield from grant(accounts, credits, key, starts_at=soon, **ends)


def spend(accounts, credits, key):
    spent = insist(ledger.spend, account=accounts[0], credits=credits, key=key)
    yield accounts[0], "key", key, -credits
    return spent


def spend_many(accounts, credits, key):
    # The first account's credits are spent from twice.
    spends = [
        ledger.Spend(account=account, credits=credits, key=f"{key}-{number}")
        for number, account in enumerate([*accounts, accounts[0]])
    ]
    answers = insist(ledger.spend_many, spends=spends)
    for one, answer in zip(spends, answers, strict=True):
        if not isinstance(answer, ledger.InsufficientCredits):
            yield one.account, "key", one.key, answer.amount


def spend_and_give_back(accounts, credits, key):
    spent = yield from spend(accounts, credits, key)
    insist(ledger.give_back, transaction=spent, credits=1, key=f"{key}-back")
    yield accounts[0], "key", f"{key}-back", 1


def hold(accounts, credits, key, **values):
    held = insist(holds.hold, account=accounts[0], credits=credits, key=key, **values)
    yield accounts[0], "key", key, -credits
    return held


def hold_and_capture(accounts, credits, key):
    held = yield from hold(accounts, credits, key)
    insist(holds.capture, hold=held, credits=1)
    yield accounts[0], "captured", key, 1


def hold_and_release(accounts, credits, key):
    held = yield from hold(accounts, credits, key)
    insist(holds.release, hold=held)
    yield accounts[0], "captured", key, 0


def hold_extend_and_capture(accounts, credits, key):
    held = yield from hold(accounts, credits, key, lasts=BRIEF)
    try:
        insist(holds.extend, hold=held, lasts=timedelta(hours=1))
    except HoldClosed:  # the server was away for as long
        return
    time.sleep(BRIEF.total_seconds())
    insist(holds.expire_holds)
    insist(holds.capture, hold=held, credits=1)
    yield accounts[0], "captured", key, 1


def grant_and_take_back(accounts, credits, key):
    lot = yield from grant(accounts, 9, key)
    insist(ledger.set_clawback_target, lot=lot, target=9, key=key)
    insist(ledger.set_clawback_target, lot=lot, target=4, key=f"{key}-less")
    yield accounts[0], "target", key, 4


def adjust(accounts, credits, key):
    change = credits if credits % 2 else -credits
    words = {"reason": "Chaos", "actor": "staff:1"}
    insist(ledger.adjust, account=accounts[0], credits=change, key=key, **words)
    yield accounts[0], "key", key, change


VERBS = [
    grant,
    grant_what_expires,
    grant_what_is_spent_first_or_last,
    grant_what_begins_later,
    spend,
    spend_many,
    spend_and_give_back,
    hold_and_capture,
    hold_and_release,
    hold_extend_and_capture,
    grant_and_take_back,
    adjust,
]


def insist(verb, **arguments):
    """Say it until there is an answer; the key makes that harmless."""
    while True:
        try:
            return verb(**arguments)
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
