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
from pathlib import Path

import django


def main(folder, workers, accounts):
    django.setup()
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
    from credits.models import Account  # noqa: PLC0415

    chance = random.Random(seed)
    own = [Account(pk=int(pk)) for pk in accounts.split(",")]
    with log.open("a", buffering=1) as file:
        number = 0
        while True:
            number += 1
            done = operate(chance, own, f"{seed}-{number}")
            file.writelines(json.dumps(line) + "\n" for line in done)


def operate(chance, accounts, key):
    """Do one thing to a random account; return what was acknowledged."""
    from credits import holds, ledger  # noqa: PLC0415
    from credits.models import Lot  # noqa: PLC0415

    account = chance.choice(accounts)
    credits = chance.randrange(1, 9)
    verb = chance.choice(["grant", "spend", "spend", "give back", "capture", "release", "target"])
    lines = []

    def acknowledged(kind, key, credits):
        lines.append([account.pk, kind, key, credits])

    try:
        if verb == "grant":
            insist(
                ledger.grant, account=account, credits=credits, source=key, kind=Lot.Kind.PROMOTION
            )
            acknowledged("source", key, credits)
        elif verb in {"spend", "give back"}:
            spent = insist(ledger.spend, account=account, credits=credits, key=key)
            acknowledged("key", key, -credits)
            if verb == "give back":
                insist(ledger.give_back, transaction=spent, credits=1, key=f"{key}-back")
                acknowledged("key", f"{key}-back", 1)
        elif verb in {"capture", "release"}:
            held = insist(holds.hold, account=account, credits=credits, key=key)
            acknowledged("key", key, -credits)
            if verb == "capture":
                insist(holds.capture, hold=held, credits=1)
                acknowledged("captured", key, 1)
            else:
                insist(holds.release, hold=held)
                acknowledged("captured", key, 0)
        else:
            lot = insist(ledger.grant, account=account, credits=9, source=key, kind="PURCHASE")
            acknowledged("source", key, 9)
            insist(ledger.set_clawback_target, lot=lot, target=9, key=key)
            insist(ledger.set_clawback_target, lot=lot, target=4, key=f"{key}-less")
            acknowledged("target", key, 4)
    except ledger.InsufficientCredits:
        pass
    return lines


def insist(verb, **arguments):
    """Say it until there is an answer; the key makes that harmless."""
    from django.db import DatabaseError, InterfaceError, connection  # noqa: PLC0415

    while True:
        try:
            return verb(**arguments)
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
