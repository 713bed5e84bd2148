"""What is measured: each verb as a host calls it, through Django, on accounts of a busy site."""

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from credits import holds, ledger
from credits.models import Account, Lot

Operate = Callable[[], int]
BATCH = 100


def make_accounts(number: int, *, lots: int = 1, credits: int = 100_000_000) -> Sequence[Account]:
    """Open accounts that hold `lots` lots each, the last of them forever."""
    made = Account.objects.bulk_create([Account() for _ in range(number)], batch_size=1000)
    give(made, lots=lots, credits=credits)
    return [Account(pk=account.pk) for account in made]


def give(accounts: Sequence[Account], *, lots: int = 1, credits: int = 100_000_000) -> None:
    """Grant `lots` lots to each account, the last of them forever."""
    ids = [account.pk for account in accounts]
    with connection.cursor() as cursor:
        for n in range(lots):
            expires_at = timezone.now() + timedelta(days=30 + n) if n < lots - 1 else None
            cursor.execute(
                """INSERT INTO credits_grant_v1 (account_id, kind, lot_kind, credits, source,
                       expires_at, description, metadata, actor, at)
                   SELECT id, 'GRANT', 'PROMOTION', %s, 'bench:' || id || ':' || %s::text, %s, '',
                       '{}', '', now()
                   FROM unnest(%s::bigint[]) AS id""",
                [credits, n, expires_at, ids],
            )


def fill_history(accounts: Sequence[Account], rows: int, *, first: int = 0) -> None:
    """Make `rows` spends of one credit, spread over the accounts, numbered from `first`."""
    rows += first
    with connection.cursor() as cursor:
        for start in range(first, rows, 10_000):
            cursor.execute(
                """INSERT INTO credits_draw_v1 (account_id, kind, credits, key, description,
                       metadata, actor, at, lien)
                   SELECT (%s::bigint[])[1 + n %% %s], 'SPEND', 1, 'history:' || n, '', '{}', '',
                       now(), false
                   FROM generate_series(%s::bigint, %s::bigint) AS n""",
                [[a.pk for a in accounts], len(accounts), start, min(start + 10_000, rows) - 1],
            )
        cursor.execute("VACUUM ANALYZE")


def spend(accounts: Sequence[Account]) -> Operate:
    def operate() -> int:
        ledger.spend(account=random.choice(accounts), credits=1, key=_key())
        return 1

    return operate


def spend_many(accounts: Sequence[Account]) -> Operate:
    def operate() -> int:
        ledger.spend_many(
            [
                ledger.Spend(account=account, credits=1, key=_key())
                for account in random.choices(accounts, k=BATCH)
            ]
        )
        return BATCH

    return operate


def grant(accounts: Sequence[Account]) -> Operate:
    def operate() -> int:
        ledger.grant(
            account=random.choice(accounts), credits=1, source=_key(), kind=Lot.Kind.PROMOTION
        )
        return 1

    return operate


def read(accounts: Sequence[Account]) -> Operate:
    def operate() -> int:
        ledger.balance(random.choice(accounts))
        return 1

    return operate


def hold_and_capture(accounts: Sequence[Account]) -> Operate:
    def operate() -> int:
        held = holds.hold(account=random.choice(accounts), credits=10, key=_key())
        holds.capture(hold=held, credits=7)
        return 1

    return operate


def give_back(accounts: Sequence[Account]) -> Operate:
    """Give back what was spent just before; the spend is taken out of the figure by the caller."""

    def operate() -> int:
        spent = ledger.spend(account=random.choice(accounts), credits=1, key=_key())
        ledger.give_back(transaction=spent, credits=1, key=_key())
        return 1

    return operate


def one_client(accounts: Sequence[Account]) -> dict[str, Operate]:
    """What is measured with one client, by name."""
    return {
        "spend": spend(accounts),
        "grant": grant(accounts),
        "read": read(accounts),
        "spend_many": spend_many(accounts),
        "hold_capture": hold_and_capture(accounts),
        "spend_and_give_back": give_back(accounts),
    }


def _key() -> str:
    return uuid.uuid4().hex
