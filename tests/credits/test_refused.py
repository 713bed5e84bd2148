"""What is refused, or said again, writes nothing: not even what is due in the account."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from credits import holds, ledger
from credits.models import Lot
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + timedelta(days=2)
TABLES = ["account", "lot", "credittransaction", "entry", "hold", "holdentry"]


class Scene:
    """An account that has 40 credits of which 30 are due, and in which each verb was used."""

    def __init__(self):
        self.account = make_account()
        self.lot = make_lot(account=self.account, credits=50, source="first", at=NOW)
        self.spent = make_spend(account=self.account, credits=10, key="spend", at=NOW)
        self.back = give_back(self.spent, 5, key="back", at=NOW)
        hold = make_hold(account=self.account, credits=15, key="hold", at=NOW)
        self.captured = holds.capture(hold=hold, credits=10, at=NOW)
        self.lot = set_target(self.lot, 25, key="target", at=NOW)
        make_lot(account=self.account, credits=30, at=NOW, expires_at=NOW + timedelta(days=1))
        ledger.adjust(account=self.account, credits=1, reason="r", actor="a", key="adjust", at=NOW)
        make_spend(account=self.account, credits=1, key="last", at=NOW)

    def spend(self, credits, key, **words):
        return make_spend(account=self.account, credits=credits, key=key, at=LATER, **words)

    def spend_many(self, credits, key):
        one = ledger.Spend(account=self.account, credits=credits, key=key)
        [answer] = ledger.spend_many([one], at=LATER)
        if isinstance(answer, ledger.LedgerError):
            raise answer

    def adjust(self, credits, key):
        return ledger.adjust(
            account=self.account, credits=credits, reason="r", actor="a", key=key, at=LATER
        )

    def grant(self, credits, source):
        return ledger.grant(
            account=self.account,
            credits=credits,
            source=source,
            kind=Lot.Kind.PROMOTION,
            expires_at=LATER + timedelta(hours=1),
            at=LATER,
        )


TOO_MANY, CONFLICT = ledger.InsufficientCredits, ledger.KeyConflict
REFUSED = {
    "a spend of too much": (TOO_MANY, lambda s: s.spend(40, "new")),
    "a spend of another number": (CONFLICT, lambda s: s.spend(2, "spend")),
    "a spend for another operation": (CONFLICT, lambda s: s.spend(10, "spend", operation="x")),
    "one of many, of too much": (TOO_MANY, lambda s: s.spend_many(40, "new")),
    "one of many, of another number": (CONFLICT, lambda s: s.spend_many(2, "spend")),
    "a hold of too much": (
        TOO_MANY,
        lambda s: make_hold(account=s.account, credits=40, key="new", at=LATER),
    ),
    "a hold of another number": (
        CONFLICT,
        lambda s: make_hold(account=s.account, credits=2, key="hold", at=LATER),
    ),
    "a correction downwards of too much": (TOO_MANY, lambda s: s.adjust(-40, "new")),
    "a correction downwards with a key of another": (CONFLICT, lambda s: s.adjust(-1, "spend")),
    "a correction upwards with a key of another": (CONFLICT, lambda s: s.adjust(2, "adjust")),
    "a grant of another number": (ledger.SourceConflict, lambda s: s.grant(51, "first")),
    "giving back too much": (
        ledger.NothingToGiveBack,
        lambda s: give_back(s.spent, 6, key="new", at=LATER),
    ),
    "giving back another number": (
        CONFLICT,
        lambda s: give_back(s.spent, 4, key="back", at=LATER),
    ),
    "a target with a key of another": (
        CONFLICT,
        lambda s: set_target(s.lot, 30, key="target", at=LATER),
    ),
    "a capture of what was captured": (
        ledger.HoldClosed,
        lambda s: holds.capture(hold=s.captured, credits=9, at=LATER),
    ),
    "a release of what was captured": (
        ledger.HoldClosed,
        lambda s: holds.release(hold=s.captured, at=LATER),
    ),
}
REPEATED = {
    "a spend": lambda s: s.spend(10, "spend"),
    "a spend where nothing is due": lambda s: make_spend(
        account=s.account, credits=10, key="spend", at=NOW
    ),
    "one of many": lambda s: s.spend_many(10, "spend"),
    "a hold": lambda s: make_hold(account=s.account, credits=15, key="hold", at=LATER),
    "a correction": lambda s: s.adjust(1, "adjust"),
    "a grant": lambda s: s.grant(50, "first"),
    "giving back": lambda s: give_back(s.spent, 5, key="back", at=LATER),
    "a target": lambda s: set_target(s.lot, 25, key="another", at=LATER),
    "a capture": lambda s: holds.capture(hold=s.captured, credits=10, at=LATER),
}


def books():
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"TABLE credits_{table} ORDER BY id")
            found.append(cursor.fetchall())
        return found


@pytest.mark.parametrize(("error", "verb"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_no_row(error, verb):
    scene = Scene()
    before = books()

    with pytest.raises(error):
        verb(scene)

    assert books() == before


@pytest.mark.parametrize("verb", REPEATED.values(), ids=REPEATED)
def test_what_is_repeated_changes_no_row(verb):
    scene = Scene()
    before = books()

    verb(scene)

    assert books() == before


def test_a_refusal_names_what_is_there_without_what_is_due():
    scene = Scene()

    with pytest.raises(TOO_MANY) as refused:
        scene.spend(40, "new")

    assert refused.value.available == ledger.balance(scene.account, at=LATER)
    assert refused.value.available < ledger.balance(scene.account, at=NOW)
