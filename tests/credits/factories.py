"""Data for tests of the ledger, made through its verbs."""

from itertools import count

from credits import holds, ledger
from credits.models import Account, Lot, Operation

_numbers = count(1)


def unique(word):
    return f"{word}-{next(_numbers)}"


def make_account(*, credits=0, **fields):
    account = Account.objects.create()
    if credits:
        make_lot(account=account, credits=credits, **fields)
    return account


def make_lot(*, account=None, credits=100, **fields):
    return ledger.grant(
        account=account or make_account(),
        credits=credits,
        source=fields.pop("source", None) or unique("source"),
        kind=fields.pop("kind", Lot.Kind.PROMOTION),
        **fields,
    )


def make_spend(*, account, credits=1, **fields):
    return ledger.spend(
        account=account, credits=credits, key=fields.pop("key", None) or unique("spend"), **fields
    )


def give_back(transaction, credits, **fields):
    return ledger.give_back(
        transaction=transaction,
        credits=credits,
        key=fields.pop("key", None) or unique("give-back"),
        **fields,
    )


def make_hold(*, account, credits=10, **fields):
    return holds.hold(
        account=account, credits=credits, key=fields.pop("key", None) or unique("hold"), **fields
    )


def set_target(lot, target, **fields):
    return ledger.set_clawback_target(
        lot=lot, target=target, key=fields.pop("key", None) or unique("target"), **fields
    )


def make_operation(**fields):
    fields.setdefault("slug", unique("operation"))
    return Operation.objects.create(**{"name": fields["slug"].title(), "base": 1, **fields})


def movements(account):
    """List the amounts of an account's transactions, oldest first."""
    return list(account.transactions.order_by("seq").values_list("amount", flat=True))


def parts(lot):
    """Say what became of a lot: S, H, E (expired and adjusted off), C, T and R."""
    lot.refresh_from_db()
    return {
        "S": lot.spent,
        "H": lot.held,
        "E": lot.expired + lot.adjusted_off,
        "C": lot.clawed_back,
        "T": lot.clawback_target,
        "R": lot.remaining,
    }


def fields(row):
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}
