"""
The ledger and its model side by side: each step is taken in both, and both must agree.

A step's choices are plain integers, so that random numbers and hypothesis can drive it alike.
"""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import connection

from credits import holds, ledger
from credits.models import Account, Hold
from tests.credits.model import ModelAccount, Refused

START = datetime(2026, 1, 1, tzinfo=UTC)
SLUGS = ["", "image.large", "transcribe"]
PRIORITIES = [50, 50, 0, 60, 100]
KINDS = ["PURCHASE", "SIGNUP", "ALLOWANCE", "PROMOTION"]
_worlds = count(1)

ERRORS = {
    ledger.InsufficientCredits: lambda e: ("insufficient", e.available),
    ledger.NothingToGiveBack: lambda e: ("nothing to give back", e.available),
    ledger.SourceConflict: lambda e: ("source",),
    ledger.KeyConflict: lambda e: ("key",),
    ledger.HoldClosed: lambda e: ("closed",),
}


class Pair:
    """An account in the ledger and in the model, with the operations that can be referred to."""

    def __init__(self):
        self.real = Account.objects.create()
        self.model = ModelAccount()
        self.lots = []  # (real, model)
        self.spends = []
        self.holds = []
        self.calls = []  # (verb, arguments) that can be repeated
        self.steps = 0


class World:
    def __init__(self, *, accounts=3, retire_after=120, lien=False):
        self.number = next(_worlds)
        self.now = START
        self.keys = count(1)
        self.retire_after = retire_after
        self.lien = lien
        self.pairs = [Pair() for _ in range(accounts)]
        self.retired = []
        self.steps = 0

    def pick(self, n):
        """Choose an account; one that has seen much makes room for a new one."""
        place = n % len(self.pairs)
        if self.pairs[place].steps >= self.retire_after:
            self.retired.append(self.pairs[place])
            self.pairs[place] = Pair()
        self.pairs[place].steps += 1
        self.steps += 1
        return self.pairs[place]

    # --- Steps --------------------------------------------------------------------------------

    def pass_time(self, n, hours):
        """Move the clock: by hours, or to the very instant at which something expires."""
        pair = self.pick(n)
        instants = [
            instant
            for _real, model in pair.lots
            for instant in (model.starts_at, model.expires_at)
            if instant and instant > self.now
        ]
        self.now = (
            min(instants) if hours % 3 == 0 and instants else self.now + timedelta(hours=hours)
        )
        assert ledger.balance(pair.real, at=self.now) == pair.model.balance_at(self.now)

    def grant(self, n, credits, days, kind, *, priority=0, starts=0):
        """Grant for some days; with a priority, and a start some hours ahead of or behind now."""
        pair = self.pick(n)
        expires_at = self.now + timedelta(days=days) if days else None
        starts_at = self.now + timedelta(hours=starts) if starts else None
        if starts_at and expires_at and starts_at >= expires_at:
            starts_at = None
        source = f"world-{self.number}-{next(self.keys)}"
        span = {
            "priority": PRIORITIES[priority % len(PRIORITIES)],
            "starts_at": starts_at,
            "expires_at": expires_at,
        }
        self._call(pair, self._grant, credits, source, KINDS[kind % len(KINDS)], span)

    def spend(self, n, credits):
        pair = self.pick(n)
        self._call(pair, self._spend, credits, SLUGS[credits % 3], self._key())

    def spend_many(self, n, credits):
        """Spend in one statement, from account after account; the first is said twice."""
        spends = [
            (self.pick(n + place), one, SLUGS[(one + place) % 3], self._key())
            for place, one in enumerate(credits)
        ]
        spends.append(spends[0])
        answers = ledger.spend_many(
            [
                ledger.Spend(account=pair.real, credits=one, key=key, operation=slug)
                for pair, one, slug, key in spends
            ],
            at=self.now,
        )
        for (pair, one, slug, key), answer in zip(spends, answers, strict=True):
            self._spend(pair, one, slug, key, lambda answer=answer: given(answer))
            pair.calls.append((self._spend, (one, slug, key)))
        for pair, _one, _slug, _key in spends:
            self.check(pair)

    def give_back(self, n, which, credits):
        pair = self.pick(n)
        if pair.spends:
            self._call(
                pair, self._give_back, pair.spends[which % len(pair.spends)], credits, self._key()
            )

    def hold(self, n, credits, hours):
        pair = self.pick(n)
        lasts = timedelta(hours=hours)
        self._call(pair, self._hold, credits, SLUGS[credits % 3], self._key(), lasts)

    def capture(self, n, which, credits):
        pair = self.pick(n)
        if pair.holds:
            real, model = pair.holds[which % len(pair.holds)]
            self._call(pair, self._capture, (real, model), 1 + credits % real.credits)

    def extend(self, n, which, hours):
        pair = self.pick(n)
        if pair.holds:
            hold = pair.holds[which % len(pair.holds)]
            self._call(pair, self._extend, hold, timedelta(hours=hours))

    def release(self, n, which):
        pair = self.pick(n)
        if pair.holds:
            self._call(pair, self._release, pair.holds[which % len(pair.holds)])

    def set_target(self, n, which, share):
        pair = self.pick(n)
        if pair.lots:
            real, model = pair.lots[which % len(pair.lots)]
            target = model.granted * (share % 101) // 100
            self._call(pair, self._set_target, (real, model), target, self._key())

    def adjust(self, n, credits):
        pair = self.pick(n)
        if credits:
            self._call(pair, self._adjust, credits, self._key())

    def expire(self, n):
        self.pick(n)
        swept = ledger.expire(at=self.now)
        assert swept == sum(pair.model.sweep(self.now) for pair in self.pairs + self.retired)
        for pair in self.pairs:
            self.check(pair)

    def expire_holds(self, n):
        self.pick(n)
        holds.expire_holds(at=self.now)
        for pair in self.pairs + self.retired:
            for _real, model in pair.holds:
                if model.status == "HELD" and model.lasts_until <= self.now:
                    pair.model.release(hold=model, now=self.now, status="EXPIRED")
        for pair in self.pairs:
            self.check(pair)

    def repeat(self, n, which, change):
        """Say something again, word for word, or with another number or for another operation."""
        pair = self.pick(n)
        if not pair.calls:
            return
        verb, arguments = pair.calls[which % len(pair.calls)]
        if change and verb in {self._spend, self._hold, self._grant}:
            if which % 2 and verb != self._grant:
                arguments = (arguments[0], arguments[1] + "x", *arguments[2:])
            else:
                arguments = (arguments[0] + 1, *arguments[1:])
        self._call(pair, verb, *arguments, again=True)

    # --- Verbs in both worlds -----------------------------------------------------------------

    def _grant(self, pair, credits, source, kind, span):
        values = {"credits": credits, "source": source, "kind": kind, **span}
        lots = self._both(
            lambda: ledger.grant(account=pair.real, at=self.now, **values),
            lambda: pair.model.grant(now=self.now, **values),
        )
        if lots and not any(model is lots[1] for _real, model in pair.lots):
            pair.lots.append(lots)

    def _spend(self, pair, credits, slug, key, real=None):
        done = self._both(
            real
            or (
                lambda: ledger.spend(
                    account=pair.real, credits=credits, key=key, operation=slug, at=self.now
                )
            ),
            lambda: pair.model.spend(
                credits=credits, key=key, slug=slug, now=self.now, lien=self.lien
            ),
        )
        if done:
            assert (done[0].amount, done[0].operation) == (done[1].amount, done[1].slug)
            pair.spends.append(done)

    def _give_back(self, pair, spent, credits, key):
        self._both(
            lambda: ledger.give_back(transaction=spent[0], credits=credits, key=key, at=self.now),
            lambda: pair.model.give_back(
                operation=spent[1], credits=credits, key=key, now=self.now
            ),
        )

    def _hold(self, pair, credits, slug, key, lasts):
        arguments = {"credits": credits, "key": key, "lasts": lasts}
        done = self._both(
            lambda: holds.hold(account=pair.real, operation=slug, at=self.now, **arguments),
            lambda: pair.model.hold(slug=slug, now=self.now, lien=self.lien, **arguments),
        )
        if done and not any(model is done[1] for _real, model in pair.holds):
            pair.holds.append(done)

    def _capture(self, pair, hold, credits):
        done = self._both(
            lambda: holds.capture(hold=hold[0], credits=credits, at=self.now),
            lambda: (
                pair.model.capture(hold=hold[1], credits=credits, now=self.now, lien=self.lien)
                or hold[1]
            ),
        )
        if not done:
            return
        real, model = done
        assert (real.status, real.captured) == (model.status, model.captured)
        assert (real.late and real.late.amount) == (model.late and model.late.amount)
        pair.spends.append((real.late, model.late) if model.late else (real.transaction, model))

    def _extend(self, pair, hold, lasts):
        done = self._both(
            lambda: holds.extend(hold=hold[0], lasts=lasts, at=self.now),
            lambda: pair.model.extend(hold=hold[1], lasts=lasts, now=self.now) or hold[1],
        )
        if done:
            assert done[0].expires_at == hold[1].lasts_until

    def _release(self, pair, hold):
        done = self._both(
            lambda: holds.release(hold=hold[0], at=self.now),
            lambda: pair.model.release(hold=hold[1], now=self.now) or hold[1],
        )
        if done:
            assert done[0].status == hold[1].status

    def _set_target(self, pair, lot, target, key):
        done = self._both(
            lambda: ledger.set_clawback_target(lot=lot[0], target=target, key=key, at=self.now),
            lambda: (
                pair.model.set_target(lot=lot[1], target=target, key=key, now=self.now) or lot[1]
            ),
        )
        if done:
            assert done[0].shortfall == lot[1].shortfall

    def _adjust(self, pair, credits, key):
        self._both(
            lambda: ledger.adjust(
                account=pair.real, credits=credits, key=key, reason="r", actor="a", at=self.now
            ),
            lambda: pair.model.adjust(credits=credits, key=key, now=self.now),
        )
        self._find_new_lots(pair)

    # --- Agreement ----------------------------------------------------------------------------

    def check(self, pair):
        """Compare every number of the account and of its lots."""
        with connection.cursor() as cursor:
            cursor.execute(_STATE, [pair.real.pk])
            rows = cursor.fetchall()
        model = pair.model
        assert rows[0][:3] == (model.balance, model.held, len(model.operations))
        assert [row[3:] for row in rows if row[3] is not None] == [
            (
                m.granted,
                m.spent,
                m.held,
                m.gone,
                m.adjusted,
                m.clawed,
                m.pending,
                m.target,
                m.left,
                m.priority,
                m.starts_at,
                m.expires_at,
            )
            for m in model.lots
        ]
        check_invariants(model)

    def check_history(self, pair):
        history = pair.real.transactions.order_by("seq").values_list("amount", "operation")
        model = pair.model
        assert list(history) == list(zip(model.operations, model.slugs, strict=True))
        statuses = Hold.objects.filter(account=pair.real).order_by("id")
        assert [(h.status, h.captured, h.operation, h.expires_at) for h in statuses] == [
            (model.status, model.captured, model.slug, model.lasts_until)
            for _real, model in pair.holds
        ]

    def finish(self):
        """Let all time pass, so that nothing of this world is due in a later one; check it all."""
        self.now += timedelta(days=10_000)
        self.expire_holds(0)
        self.expire(0)
        for pair in self.pairs + self.retired:
            self.check(pair)
            self.check_history(pair)

    def _call(self, pair, verb, *arguments, again=False):
        verb(pair, *arguments)
        if not again:
            pair.calls.append((verb, arguments))
        self.check(pair)

    def _both(self, real, model):
        """Do it twice; return both results, or None if both refuse for the same reason."""
        expected = refused = answer = error = None
        try:
            expected = model()
        except Refused as e:
            refused = e.args
        try:
            answer = real()
        except ledger.LedgerError as e:
            error = ERRORS[type(e)](e)
        assert error == refused
        return None if error else (answer, expected)

    def _find_new_lots(self, pair):
        known = len(pair.lots)
        if len(pair.model.lots) > known:
            real = pair.real.lots.order_by("id")[known:]
            pair.lots += zip(real, pair.model.lots[known:], strict=True)

    def _key(self):
        return f"key-{next(self.keys)}"


def given(answer):
    """Return what a list of answers holds, or raise it if it is a refusal."""
    if isinstance(answer, ledger.LedgerError):
        raise answer
    return answer


def check_invariants(model):
    """I1, I3 and I4, and that the balance is the sum of what happened."""
    assert sum(model.operations) == model.balance >= 0
    for lot in model.lots:
        assert 0 <= lot.clawed <= lot.target <= lot.granted
        assert min(lot.left, lot.spent, lot.held, lot.gone, lot.adjusted) >= 0
        assert lot.pending in {0, lot.granted}
        assert lot.left == 0 or lot.clawed == lot.target


_STATE = """
SELECT account.balance, account.held, account.last_seq, lot.granted, lot.spent, lot.held,
    lot.expired, lot.adjusted_off, lot.clawed_back, lot.pending, lot.clawback_target,
    lot.remaining, lot.priority, lot.starts_at, lot.expires_at
FROM credits_account AS account
LEFT JOIN credits_lot AS lot ON lot.account_id = account.id
WHERE account.id = %s
ORDER BY lot.id
"""


# The mix of CI and soak runs: how often, and what, by a World, a Random and an account's number.
MIX = [
    (
        16,
        lambda w, r, n: w.grant(
            n,
            r.choice([1, 2, 10, 100, 1000]),
            r.choice([0, 0, 1, 3, 10, 40]),
            r.randrange(4),
            priority=r.randrange(5),
            starts=r.choice([0, 0, 0, -5, 1, 12, 100]),
        ),
    ),
    (18, lambda w, r, n: w.spend(n, r.choice([1, 3, 7, 30, 150]))),
    (4, lambda w, r, n: w.spend_many(n, r.choices([1, 3, 30, 150], k=r.choice([1, 3, 7])))),
    (10, lambda w, r, n: w.give_back(n, r.randrange(100), r.choice([1, 2, 5, 20]))),
    (9, lambda w, r, n: w.hold(n, r.choice([1, 5, 40]), r.choice([1, 12, 100]))),
    (8, lambda w, r, n: w.capture(n, r.randrange(100), r.randrange(50))),
    (3, lambda w, r, n: w.extend(n, r.randrange(100), r.choice([1, 24, 100]))),
    (5, lambda w, r, n: w.release(n, r.randrange(100))),
    (10, lambda w, r, n: w.set_target(n, r.randrange(100), r.choice([0, 33, 50, 90, 100]))),
    (4, lambda w, r, n: w.adjust(n, r.choice([-20, -1, 1, 20]))),
    (6, lambda w, r, n: w.repeat(n, r.randrange(100), r.randrange(4) == 0)),
    (7, lambda w, r, n: w.pass_time(n, r.choice([1, 5, 24, 33, 100]))),
    (2, lambda w, r, n: w.expire_holds(n)),
    (2, lambda w, r, n: w.expire(n)),
]
WEIGHTS = [often for often, _step in MIX]


def run(world, random, operations):
    while world.steps < operations:
        [(_often, step)] = random.choices(MIX, WEIGHTS)
        step(world, random, random.randrange(1000))
    world.finish()
