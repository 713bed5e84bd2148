"""What a host may get wrong: refused before the database is asked, so no transaction is broken."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from credits import holds, ledger
from credits.models import Account, Hold
from tests.credits.factories import make_account, make_lot, make_spend, movements

pytestmark = pytest.mark.django_db

BAD: dict[str, list[Any]] = {
    "credits": [0, -1, 1.5, True, "1", None, 2**53],
    "key": ["", " ", "k" * 201, "a\0b", "ledger:1", "adjustment:1", "\ud800", None, 5],
    "operation": ["o" * 65, "a b", "a/b", "ä", "a\0b", None, 5],
    "description": ["d" * 256, "a\0b", "\ud800", None],
    "actor": ["a" * 65, "a\0b", None],
    "metadata": [
        {"n": float("nan")},
        {"t": "a\0b"},
        {"t": "\\\0"},
        {"t": "\ud800"},
        {"t": {1, 2}},
        [1],
        "text",
    ],
    "at": [date(2026, 1, 1), datetime(2026, 1, 1), "now"],  # noqa: DTZ001
}
VERBS: dict[str, Callable[..., object]] = {
    "spend": ledger.spend,
    "hold": holds.hold,
    "adjust": lambda description="r", **words: ledger.adjust(
        **{"reason": description, "actor": "a", **words}
    ),
    "give back": lambda account, **words: ledger.give_back(
        transaction=make_spend(account=account, credits=9), **words
    ),
}
CASES = [
    pytest.param(verb, name, value, id=f"{verb}, {name} {number}")
    for verb in VERBS
    for name, values in BAD.items()
    for number, value in enumerate(values)
    if not (verb == "adjust" and name == "credits" and value == -1)  # takes one away
    if not (verb in {"adjust", "give back"} and name == "operation")  # they take none
]


@pytest.fixture
def account():
    return make_account(credits=100)


@pytest.mark.parametrize(("verb", "name", "value"), CASES)
def test_bad_input_is_refused_and_breaks_no_transaction(verb, name, value, account):
    with transaction.atomic():
        with pytest.raises(ledger.InvalidOperation):
            VERBS[verb](**{"account": account, "credits": 1, "key": "k", name: value})

        assert ledger.balance(account) in {100, 91}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", "a\0b"),
        ("kind", "GIFT"),
        ("expires_at", date(2030, 1, 1)),
        ("expires_at", datetime(2030, 1, 1)),  # noqa: DTZ001
        ("actor", "a" * 65),
        ("metadata", {"n": float("inf")}),
    ],
)
def test_a_bad_grant_is_refused(name, value, account):
    with pytest.raises(ledger.InvalidOperation):
        make_lot(**{"account": account, "credits": 1, name: value})

    assert ledger.balance(account) == 100


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("credits", 0, "credits are an int from 1 to 9007199254740991, got 0"),
        (
            "key",
            "",
            "a key has 1 to 200 characters and does not begin with ledger: or adjustment:, got ''",
        ),
        ("description", "d" * 256, "a description has 0 to 255 characters, got 256: 'ddd"),
        ("description", None, "a description is a str, got None"),
        ("actor", "a\0b", "an actor has no NUL and no half of a character, got 'a\\x00b'"),
        ("metadata", [1], "metadata is a dict that JSON can hold"),
        ("at", date(2026, 1, 1), "at is a datetime with a time zone, got datetime.date(2026, 1"),
    ],
)
def test_a_message_names_the_rule_and_the_value(name, value, message, account):
    with pytest.raises(ledger.InvalidOperation) as refused:
        ledger.spend(**{"account": account, "credits": 1, "key": "k", name: value})

    assert str(refused.value).startswith(message)


def test_a_source_is_called_a_source(account):
    with pytest.raises(ledger.InvalidOperation, match="a source has 1 to 200 characters"):
        make_lot(account=account, credits=1, source="ledger:1")


@pytest.mark.parametrize("value", ["a" * 65, None])
def test_whoever_closes_a_hold_has_a_name_that_can_be_kept(value, account):
    held = holds.hold(account=account, credits=1, key="k")

    for close in (
        lambda: holds.release(hold=held, actor=value),
        lambda: holds.capture(hold=held, credits=1, actor=value),
    ):
        with pytest.raises(ledger.InvalidOperation, match="an actor"):
            close()

    assert Hold.objects.get().status == Hold.Status.HELD


def test_metadata_keeps_what_json_can(account):
    metadata = {"t": "\\u0000 is no NUL, \U0001f600 no half", "deep": {"list": [1.5, None, True]}}

    make_spend(account=account, metadata=metadata)

    assert account.transactions.get(kind="SPEND").metadata == metadata


def test_a_user_is_no_account():
    """Their number is another person's account."""
    account = make_account(credits=10)
    user: Any = User(pk=account.pk)

    for use in (
        lambda: ledger.spend(account=user, credits=1, key="k"),
        lambda: ledger.spend_many([ledger.Spend(account=user, credits=1, key="k")]),
        lambda: ledger.grant(account=user, credits=1, source="s", kind="SIGNUP"),
        lambda: ledger.adjust(account=user, credits=1, reason="r", actor="a", key="k"),
        lambda: holds.hold(account=user, credits=1, key="k"),
        lambda: ledger.balance(user),
        lambda: ledger.balance(user.pk),
    ):
        with pytest.raises(ledger.InvalidOperation, match="for_user"):
            use()

    assert movements(account) == [10]


@pytest.mark.parametrize(
    "nobody", [AnonymousUser(), User(username="unsaved")], ids=["signed out", "unsaved"]
)
def test_nobody_has_no_account(nobody):
    erased = Account.objects.create()

    with pytest.raises(ValueError, match="signed in or saved"):
        Account.objects.for_user(nobody)

    assert list(Account.objects.all()) == [erased]


class TestHolds:
    @pytest.mark.parametrize("lasts", [timedelta(0), timedelta(minutes=-1), 5])
    def test_last_some_time(self, account, lasts):
        with pytest.raises(ledger.InvalidOperation):
            holds.hold(account=account, credits=1, key="k", lasts=lasts)

    @pytest.mark.parametrize("used", [101, -1, 1.5, None])
    def test_a_reservation_refuses_what_cannot_be_used_and_lets_go(self, account, used):
        with (
            pytest.raises(ledger.InvalidOperation),
            holds.reserve(account=account, credits=100, key="job") as reservation,
        ):
            reservation.used = used

        assert Hold.objects.get().status == Hold.Status.RELEASED
        assert ledger.balance(account) == 100


def test_a_source_conflict_names_the_source(account):
    make_lot(account=account, credits=1, source="referral:1", at=timezone.now())

    with pytest.raises(ledger.SourceConflict, match="the source 'referral:1'"):
        make_lot(account=account, credits=2, source="referral:1")
