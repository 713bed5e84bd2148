"""Why a balance is what it is, for the page of an account: as many queries whatever happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import explanation
from credits.admin import columns, sources
from credits.admin.links import object_link
from credits.explanation import Explanation
from credits.models import Account, CreditTransaction, Hold, Lot, Operation

MINUS: Final = "\N{MINUS SIGN}"
LATEST: Final = 15
SHOWN_LOTS: Final = 15
SHOWN_HOLDS: Final = 10

# What a lot's credits became: the name of its part in a bar, what it is called, and its fields.
PARTS: Final[Sequence[tuple[str, str | Promise, tuple[str, ...]]]] = (
    ("spent", gettext_lazy("spent"), ("spent",)),
    ("held", gettext_lazy("held"), ("held",)),
    ("gone", gettext_lazy("expired or adjusted off"), ("expired", "adjusted_off")),
    ("taken", gettext_lazy("taken back"), ("clawed_back",)),
    ("later", gettext_lazy("begins later"), ("pending",)),
    ("left", gettext_lazy("left"), ("remaining",)),
)


@dataclass(frozen=True)
class Term:
    """One number of the sum, with the sign before it."""

    sign: str
    number: str
    name: str


@dataclass(frozen=True)
class Part:
    """A piece of a bar, in per cent of it."""

    name: str
    start: str
    width: str


def context(account: Account, *, at: datetime) -> dict[str, Any]:
    """Give what the page shows beside the account's own fields."""
    explained = explanation.explain(account, at=at)
    # The open ones in the order in which they are spent, then the newest of the others.
    by_use = account.lots.order_by("-is_open", "priority", "expires_at", "-id")
    lots = list(by_use[: SHOWN_LOTS + 1])
    holds = list(account.holds.active().order_by("expires_at", "id")[: SHOWN_HOLDS + 1])
    latest = list(
        CreditTransaction.objects.filter(account=account)
        .select_related("lot")
        .order_by("-seq")[:LATEST]
    )
    known = sources.links([*lots, *(row.lot for row in latest if row.lot)])
    names = _operations([*latest, *holds])
    people = columns.people(row.actor for row in latest)
    causes = sources.causes_of(latest)
    return {
        "subtitle": columns.holder(account),
        "explained": explained,
        "terms": terms(explained),
        "sum": columns.number(explained.balance),
        "parts": [(name, words) for name, words, _fields in PARTS],
        "lots": [_lot(lot, known) for lot in lots[:SHOWN_LOTS]],
        "more_lots": len(lots) > SHOWN_LOTS,
        "holds": [_hold(hold, names) for hold in holds[:SHOWN_HOLDS]],
        "more_holds": len(holds) > SHOWN_HOLDS,
        "latest": [
            {
                **_transaction(row, known, people),
                "why": row.description
                or causes.get(row.pk)
                or names.get(row.operation, row.operation)
                or "-",
            }
            for row in latest
        ],
    }


def terms(explained: Explanation) -> list[Term]:
    """Write the sum: what was granted and spent always, the rest where there is any."""
    found = [
        ("", explained.granted, _("granted")),
        (MINUS, explained.spent, _("spent")),
        ("+", explained.given_back or 0, _("given back")),
        (MINUS, explained.expired, _("expired")),
        (MINUS, explained.taken_back, _("taken back")),
        ("+" if explained.adjusted > 0 else MINUS, abs(explained.adjusted), _("adjusted")),
        (MINUS, explained.held, _("held")),
        (MINUS, explained.later, _("begins later")),
    ]
    always = found[:2]
    return [
        Term(sign, columns.number(number), name)
        for sign, number, name in [*always, *(term for term in found[2:] if term[1])]
    ]


def bar(lot: Lot) -> tuple[list[Part], str]:
    """Draw what became of a lot's credits, and say it in words."""
    drawn, said, start = [], [], 0.0
    for name, words, fields in PARTS:
        credits_ = sum(getattr(lot, field) for field in fields)
        if not credits_:
            continue
        width = 100 * credits_ / lot.granted
        drawn.append(Part(name, f"{start:.2f}%", f"{width:.2f}%"))
        said.append(f"{columns.number(credits_)} {words}")
        start += width
    return drawn, ", ".join(said)


def _lot(lot: Lot, known: dict[str, str]) -> dict[str, Any]:
    drawn, said = bar(lot)
    return {
        "link": object_link(lot, lot.pk),
        "kind": lot.get_kind_display(),
        "source": known.get(lot.source) or columns.clipped(lot.source),
        "granted": columns.number(lot.granted),
        "left": columns.number(lot.remaining),
        "bar": drawn,
        "said": said,
        "starts_at": lot.starts_at if lot.pending else None,
        "expires_at": lot.expires_at,
    }


def _hold(hold: Hold, names: dict[str, str]) -> dict[str, Any]:
    return {
        "link": object_link(hold, hold.pk),
        "credits": columns.number(hold.credits),
        "why": names.get(hold.operation, hold.operation) or columns.clipped(hold.key, text=True),
        "created_at": hold.created_at,
        "expires_at": hold.expires_at,
    }


def _transaction(
    row: CreditTransaction, known: dict[str, str], people: dict[str, str]
) -> dict[str, Any]:
    return {
        "link": object_link(row, row.seq),
        "kind": row.get_kind_display(),
        "change": columns.change(row.amount),
        "balance_after": columns.number(row.balance_after),
        "who": people[row.actor],
        "source": _source(row, known),
        "created_at": row.created_at,
    }


def _source(row: CreditTransaction, known: dict[str, str]) -> str:
    """Lead to what the credits came from: of one lot by its source, of several to the operation."""
    if row.lot is None:
        return object_link(row, _("several lots"))
    return known.get(row.lot.source) or object_link(row.lot, row.lot.get_kind_display())


def _operations(rows: Iterable[Any]) -> dict[str, str]:
    slugs = {row.operation for row in rows} - {""}
    return dict(Operation.objects.filter(slug__in=slugs).values_list("slug", "name"))
