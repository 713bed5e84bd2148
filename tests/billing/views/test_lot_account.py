"""A purchase's page accounts for each credit that it brought."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.views import lot_account
from credits import holds, ledger
from credits.errors import LedgerError
from credits.models import Account, CreditTransaction, Hold, Lot
from tests.people import make_user

pytestmark = pytest.mark.django_db

STEPS = ["spend", "back", "hold", "capture", "release", "target", "expire"]
START = datetime(2026, 1, 1, tzinfo=UTC)


def named(lot, *, at):
    return {str(part.label): part.credits for part in lot_account.parts(lot, at=at)}


def make_lot(**fields):
    return ledger.grant(
        **{
            "account": Account.objects.for_user(make_user()),
            "credits": 100,
            "source": f"test:{uuid4()}",
            "kind": Lot.Kind.PURCHASE,
            "expires_at": None,
            **fields,
        }
    )


class TestParts:
    def test_name_what_became_of_each_credit(self):
        lot = make_lot()
        ledger.spend(account=lot.account, credits=30, key="spend")
        holds.hold(account=lot.account, credits=20, key="hold")
        ledger.set_clawback_target(lot=lot, target=10, key="refund")
        lot.refresh_from_db()

        assert named(lot, at=timezone.now()) == {
            "To use": 40,
            "Reserved": 20,
            "Used": 30,
            "Taken back": 10,
        }

    def test_call_expired_what_no_sweep_has_seen(self):
        lot = make_lot(at=START, expires_at=START + timedelta(days=1))

        assert named(lot, at=START) == {"To use": 100}
        assert named(lot, at=START + timedelta(days=1)) == {"Expired": 100}

    def test_call_what_begins_later_by_that_name(self):
        begins = timezone.now() + timedelta(days=1)
        lot = make_lot(starts_at=begins)
        lot.refresh_from_db()

        assert named(lot, at=timezone.now()) == {"Begin later": 100}
        assert named(lot, at=begins) == {"To use": 100}

    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(STEPS),
                st.integers(1, 60),
            ),
            max_size=14,
        ),
        later=st.booleans(),
    )
    @settings(max_examples=25, deadline=None)
    def test_add_up_after_whatever_happened(self, steps, later):
        starts_at = timezone.now() + timedelta(days=1) if later else None
        lot = make_lot(starts_at=starts_at, expires_at=timezone.now() + timedelta(days=30))
        other = make_lot(account=lot.account, credits=50)
        spent: list[CreditTransaction] = []
        held: list[Hold] = []
        for number, (step, credits) in enumerate(steps):
            with suppress(LedgerError):  # more than there is
                _do(step, credits, number, lot=lot, spent=spent, held=held)
            for one in (lot, other):
                one.refresh_from_db()
                for days in (0, 2, 40):
                    found = lot_account.parts(one, at=timezone.now() + timedelta(days=days))
                    assert sum(part.credits for part in found) == one.granted
                    assert all(part.credits > 0 for part in found)


def _do(step, credits, number, *, lot, spent, held):
    key = f"{number}"
    if step == "spend":
        spent.append(ledger.spend(account=lot.account, credits=credits, key=key))
    elif step == "back" and spent:
        one = spent.pop()
        ledger.give_back(transaction=one, credits=min(credits, -one.amount), key=key)
    elif step == "hold":
        held.append(holds.hold(account=lot.account, credits=credits, key=key))
    elif step == "capture" and held:
        hold = held.pop()
        holds.capture(hold=hold, credits=min(credits, hold.credits))
    elif step == "release" and held:
        holds.release(hold=held.pop())
    elif step == "target":
        ledger.set_clawback_target(lot=lot, target=credits, key=key)
    elif step == "expire":
        ledger.expire(at=timezone.now() + timedelta(days=credits))


def test_the_purchases_page_shows_them_all(client, shop):
    user = make_user()
    client.force_login(user)
    purchase = shop.sell(user=user)
    ledger.spend(account=purchase.account, credits=15, key="job")

    shown = client.get(reverse("billing:purchase", args=[purchase.uuid]))

    assert {str(part.label): part.credits for part in shown.context["parts"]} == {
        "To use": 85,
        "Used": 15,
    }
    assert "What became of these credits" in shown.text
