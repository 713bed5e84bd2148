"""The model alone, against the invariants: what the rules promise, without a database."""

from contextlib import suppress
from datetime import timedelta

from tests.credits.model import ModelAccount, Refused
from tests.credits.world import KINDS, START, check_invariants


class PureAccount(ModelAccount):
    def __init__(self):
        super().__init__()
        self.spends = []
        self.holds = []


def run(random, operations):
    account, now = PureAccount(), START
    for number in range(operations):
        if number % 100 == 0:
            account = PureAccount()
        now += timedelta(hours=random.choice([0, 0, 1, 30]))
        with suppress(Refused):
            _step(account, random, f"key-{number}", now)
        check_invariants(account)


def _step(account, random, key, now):
    roll = random.randrange(10)
    if roll < 2:
        days = random.choice([0, 1, 5])
        expires_at = now + timedelta(days=days) if days else None
        credits = random.choice([1, 10, 100])
        account.grant(
            credits=credits,
            source=key,
            kind=random.choice(KINDS),
            priority=random.choice([0, 50, 50]),
            starts_at=random.choice([None, now, now + timedelta(hours=20)]),
            expires_at=expires_at,
            now=now,
        )
    elif roll < 4:
        account.spends.append(account.spend(credits=random.randrange(1, 60), key=key, now=now))
    elif roll < 5:
        lasts = timedelta(hours=5)
        account.holds.append(
            account.hold(credits=random.randrange(1, 60), key=key, now=now, lasts=lasts)
        )
    elif roll < 6 and account.spends:
        operation = random.choice(account.spends)
        account.give_back(operation=operation, credits=random.randrange(1, 9), key=key, now=now)
    elif roll < 7 and account.holds:
        hold = random.choice(account.holds)
        account.capture(hold=hold, credits=random.randrange(1, 1 - hold.amount), now=now)
    elif roll < 8 and account.holds:
        status = random.choice(["RELEASED", "EXPIRED"])
        account.release(hold=random.choice(account.holds), now=now, status=status)
    elif roll < 9 and account.lots:
        lot = random.choice(account.lots)
        account.set_target(lot=lot, target=random.randrange(lot.granted + 1), key=key, now=now)
    else:
        account.adjust(credits=random.choice([-5, 5]), key=key, now=now)
