"""
One search for everything that somebody may hold in their hand: an id, a number, a key, an address.

What a term looks like says where to look, so that indexes answer. A key is looked for account by
account, because the ledger's keys belong to accounts: that costs as much as there are accounts,
whatever they have done. It is found as its client gave it, however the ledger writes it. Parts of
addresses are looked for among the people, parts of names among the plans.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from billing import short_numbers
from billing.models import (
    CreditPlan,
    Dispute,
    Payment,
    Purchase,
    Refund,
    SavedCard,
    StripeEvent,
    TopUp,
)
from credits import users
from credits.admin import keys
from credits.admin.searching import by_number, by_prefix, by_uuid
from credits.models import Account, AdjustmentRequest, CreditTransaction, Hold, Lot

SHOWN: Final = 20  # rows of one kind
LEAST_PART: Final = 3  # characters of a part of an address or a name
PATIENCE: Final = 5  # seconds for one kind
LONGEST: Final = 255  # characters, as of a key

# What Stripe's ids begin with, and where each may stand: the first place that has it is the page.
STRIPE_IDS: Final[Sequence[tuple[str, Sequence[tuple[type[Model], str]]]]] = (
    ("cs_", [(Purchase, "stripe_session_id"), (Account, "card_setups__stripe_session_id")]),
    (
        "pi_",
        [
            (Purchase, "payment__stripe_payment_intent_id"),
            (Payment, "stripe_payment_intent_id"),
            (TopUp, "stripe_payment_intent_id"),
        ],
    ),
    (
        "ch_|py_",
        [(Purchase, "payment__stripe_charge_id"), (Payment, "stripe_charge_id")],
    ),
    ("re_|pyr_", [(Refund, "stripe_refund_id")]),
    ("du_|dp_", [(Dispute, "stripe_dispute_id")]),
    ("evt_", [(StripeEvent, "stripe_event_id")]),
    ("in_", [(Purchase, "invoice__stripe_invoice_id")]),
    ("cus_", [(Account, "user__stripe_customers__stripe_customer_id")]),
    ("pm_", [(SavedCard, "stripe_payment_method_id")]),
    ("price_", [(CreditPlan, "prices__stripe_price_id")]),
    ("prod_", [(CreditPlan, "prices__stripe_product_id")]),
)

_NUMBERED: Final = (Account, Purchase, Lot, CreditTransaction, Hold, Payment)

# Each account's own index of keys, one look-up an account.
_OF_EACH_ACCOUNT: Final = """
    SELECT found.id
    FROM credits_account AS account
    CROSS JOIN LATERAL (
        SELECT id FROM {table} WHERE account_id = account.id AND key = ANY(%s) OFFSET 0
    ) AS found
    LIMIT {limit}
"""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of one kind that matched; `is_cut_off` where there are more."""

    model: type[Model]
    rows: Sequence[Model]
    is_cut_off: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    groups: Sequence[Group]
    # Some of it took too long.
    is_incomplete: bool

    @property
    def only(self) -> Model | None:
        """The one row that matched, if it is one."""
        rows = [row for group in self.groups for row in group.rows]
        return rows[0] if len(rows) == 1 else None


def find(term: str, *, may_see: Callable[[type[Model]], bool]) -> Found:
    """Look for a term among what one may see."""
    term = term.replace("\0", "").strip()[:LONGEST]
    groups: dict[type[Model], dict[Any, Model]] = {}
    cut_off: set[type[Model]] = set()
    is_incomplete = False
    for rows, is_sure in _queries(term):
        if not may_see(rows.model):
            continue
        try:
            found = _patiently(rows)
        except TimeoutError:
            is_incomplete = True
            continue
        groups.setdefault(rows.model, {}).update({row.pk: row for row in found[:SHOWN]})
        if len(found) > SHOWN:
            cut_off.add(rows.model)
        if found and is_sure:
            break
    return Found(
        groups=[
            Group(model=model, rows=list(rows.values()), is_cut_off=model in cut_off)
            for model, rows in groups.items()
            if rows
        ],
        is_incomplete=is_incomplete,
    )


def _queries(term: str) -> Iterator[tuple[QuerySet[Any], bool]]:
    """Yield what to ask, and whether an answer ends the search: of Stripe's ids there is one."""
    if not term:
        return
    for prefix, places in STRIPE_IDS:
        for model, lookup in places:
            asked = by_prefix(prefix, lookup).find(term)
            if asked is not None:
                yield _of(model).filter(asked).distinct(), True
    written = keys.spellings(term)
    for model, asked in _by_shape(term):
        if asked is not None:
            yield _of(model).filter(asked), False
    for model in (CreditTransaction, AdjustmentRequest):
        yield _of(model).filter(pk__in=_with_key(model, written)), False
    yield _of(Lot).filter(source__in=written), False
    if len(term) >= LEAST_PART:
        for rows in _by_part(term):
            yield rows, False


def _by_shape(term: str) -> Iterator[tuple[type[Model], Q | None]]:
    """Yield what a number, a short number or a UUID may be of."""
    yield Purchase, by_uuid("uuid").find(term)
    yield Refund, by_uuid("uuid").find(term)
    if means := short_numbers.read(term):
        yield Purchase, Q(uuid__range=means)
    if code := short_numbers.read_statement(term):
        yield Account, Q(statement_series__code=code)
    for model in _NUMBERED:
        yield model, by_number("pk").find(term)


def _by_part(term: str) -> Iterator[QuerySet[Any]]:
    yield _of(CreditPlan).filter(Q(slug__icontains=term) | Q(name__icontains=term))
    with_address = users.containing(term)
    if with_address is None:
        return
    people: QuerySet[Any] = get_user_model()._base_manager.filter(with_address)  # noqa: SLF001
    yield _of(Account).filter(user__in=people)
    yield people.filter(credit_account=None).order_by("pk")


def _of(model: type[Model]) -> QuerySet[Any]:
    """Give a model's rows, newest first, with what names them."""
    rows: QuerySet[Any] = model._default_manager.order_by("-pk")  # noqa: SLF001
    beside = {Account: "user", Purchase: "plan", CreditTransaction: "account__user"}.get(model)
    if model is StripeEvent:
        rows = rows.defer("payload")
    return rows.select_related(beside) if beside else rows


def _with_key(model: type[Model], wanted: list[str]) -> RawSQL:
    table = model._meta.db_table  # noqa: SLF001
    return RawSQL(_OF_EACH_ACCOUNT.format(table=table, limit=SHOWN + 1), [wanted])  # noqa: S611


def _patiently(rows: QuerySet[Any]) -> list[Any]:
    """
    Fetch rows, one more than are shown.

    :raises TimeoutError: if that takes too long
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE}s"])
            return list(rows[: SHOWN + 1])
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise
        raise TimeoutError from error
