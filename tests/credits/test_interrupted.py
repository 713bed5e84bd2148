"""An error at the k-th write inside a verb, for every k: before or after, never between."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import DatabaseError, connection, transaction
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
TABLES = ["account", "lot", "credittransaction", "entry", "hold", "holdentry"]


class Scene:
    """An account in which each verb has much to do: due lots, an owing lot, a hold, a spend."""

    def __init__(self):
        self.account = make_account()
        self.owing = make_lot(account=self.account, credits=50, at=NOW)
        self.lots = [make_lot(account=self.account, credits=50, at=NOW) for _ in range(2)]
        self.spent = make_spend(account=self.account, credits=70, at=NOW)
        self.held = make_hold(account=self.account, credits=20, at=NOW)
        set_target(self.owing, 50, at=NOW)
        make_lot(account=self.account, credits=5, at=NOW, expires_at=NOW + timedelta(days=1))
        self.later = NOW + timedelta(days=2)


VERBS = {
    "grant": lambda s: ledger.grant(
        account=s.account, credits=5, source="new", kind=Lot.Kind.SIGNUP, at=s.later
    ),
    "spend": lambda s: ledger.spend(account=s.account, credits=40, key="new", at=s.later),
    "spend_many": lambda s: ledger.spend_many(
        [ledger.Spend(account=s.account, credits=4, key=f"new-{n}") for n in range(3)], at=s.later
    ),
    "spend_many at once": lambda s: ledger.spend_many(
        [ledger.Spend(account=s.account, credits=1, key=f"new-{n}") for n in range(3)], at=NOW
    ),
    "give_back": lambda s: give_back(s.spent, 60, at=s.later),
    "adjust up": lambda s: ledger.adjust(
        account=s.account, credits=5, reason="r", actor="a", key="new", at=s.later
    ),
    "adjust down": lambda s: ledger.adjust(
        account=s.account, credits=-45, reason="r", actor="a", key="new", at=s.later
    ),
    "claw back": lambda s: set_target(s.lots[1], 50, at=s.later),
    "hold": lambda s: make_hold(account=s.account, credits=40, at=s.later),
    "capture": lambda s: holds.capture(hold=s.held, credits=5, at=s.later),
    "release": lambda s: holds.release(hold=s.held, at=s.later),
    "expire": lambda s: ledger.expire(at=s.later),
    "expire_holds": lambda s: holds.expire_holds(at=s.later),
}


def books():
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"TABLE credits_{table} ORDER BY id")
            found.append(cursor.fetchall())
        return found


def fail_at(k):
    """Make the k-th row that is written from now on an error; 0: none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tests.writes_left', %s, true)", [str(k)])


def be_ready_to_fail():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            """CREATE FUNCTION interrupt() RETURNS trigger LANGUAGE plpgsql AS $$
               DECLARE left_over int := current_setting('tests.writes_left')::int - 1;
               BEGIN
                   PERFORM set_config('tests.writes_left', left_over::text, true);
                   IF left_over = 0 THEN RAISE EXCEPTION 'interrupted'; END IF;
                   RETURN NULL;
               END $$"""
        )
        for table in TABLES:
            cursor.execute(
                f"""CREATE TRIGGER zz_interrupt AFTER INSERT OR UPDATE ON credits_{table}
                    FOR EACH ROW EXECUTE FUNCTION interrupt()"""
            )


class TestEveryVerb:
    @pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
    def test_leaves_before_or_after(self, verb):
        scene = Scene()
        before = books()
        be_ready_to_fail()

        for k in count(1):
            try:
                with transaction.atomic():
                    fail_at(k)
                    verb(scene)
                    fail_at(0)
            except DatabaseError as error:
                interrupted = error
            else:
                break
            assert "interrupted" in str(interrupted)
            assert books() == before

        assert k > 2
        assert books() != before
