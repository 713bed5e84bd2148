"""Why an operation happened: for which work, purchase, refund or dispute, and where that stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from billing import money
from billing.models import Dispute, Purchase, Refund
from billing.settlement.settling import FRAUD_WARNING
from billing.views import vocabulary
from credits.models import CreditTransaction, Hold, Operation

Kind = CreditTransaction.Kind

# These may touch many lots; so many purchases are named.
PURCHASES: Final = 3
_OF_MONEY: Final = (Kind.CLAW_BACK, Kind.RESTORE)


@dataclass(frozen=True)
class Reason:
    text: str
    # Where one reads more; empty: nowhere.
    url: str = ""


def of(rows: Sequence[CreditTransaction]) -> Mapping[int, Sequence[Reason]]:
    """
    Give the reasons of each operation, by its primary key, in as many queries for many as for one.

    Wants `hold`, `undoes` and the movements of `transactions.page`.
    """
    has_operations = any(row.operation for row in rows)
    names = Operation.objects.names() if has_operations else {}
    found_causes = causes(rows)
    found: dict[int, list[Reason]] = defaultdict(list)
    for row in rows:
        if row.operation and row.kind in {Kind.SPEND, Kind.HOLD}:
            found[row.pk].append(Reason(names.get(row.operation, row.operation)))
        if row.kind == Kind.HOLD:
            found[row.pk].append(Reason(_became_of(row.hold)))
        if row.undoes:
            found[row.pk].append(Reason(_("From: %(what)s") % {"what": _name(row.undoes, names)}))
        if row.pk in found_causes:
            found[row.pk].append(Reason(found_causes[row.pk]))
        found[row.pk] += _purchases(row)
    return found


def _became_of(hold: Hold) -> str:
    """Say what became of reserved credits."""
    if hold.status == Hold.Status.HELD:
        return _("Still reserved")
    if not hold.captured:
        return _("None of it was used; all was returned")
    return _("%(used)s of it used") % {"used": money.format_number(hold.captured)}


def _name(row: CreditTransaction, names: Mapping[str, str]) -> str:
    label = vocabulary.label(row.kind)
    return row.description or names.get(row.operation, row.operation) or f"{label} ({row.seq})"


def _purchases(row: CreditTransaction) -> Iterable[Reason]:
    """Name the purchases whose lots an operation touched, where the page has read them."""
    bought: dict[int, Purchase] = {}
    for movement in row.movements.all():
        purchase = getattr(movement.lot, "purchase", None)
        if purchase is not None:
            bought[purchase.pk] = purchase
    for purchase in [*bought.values()][:PURCHASES]:
        text = _("Purchase %(number)s: %(plan)s") % {
            "number": purchase.short_number,
            "plan": purchase.plan.name,
        }
        yield Reason(text, reverse("billing:purchase", args=[purchase.uuid]))


def causes(rows: Iterable[CreditTransaction]) -> Mapping[int, str]:
    """Say which refund, dispute or warning of fraud took credits back or restored them."""
    moved = [row for row in rows if row.kind in _OF_MONEY]
    refunds = Refund.objects.in_bulk([pk for row in moved if (pk := row.metadata.get("refund"))])
    disputes = Dispute.objects.in_bulk([pk for row in moved if (pk := row.metadata.get("dispute"))])
    said = {}
    for row in moved:
        refund = refunds.get(row.metadata.get("refund"))
        dispute = disputes.get(row.metadata.get("dispute"))
        if row.metadata.get(FRAUD_WARNING):
            is_over = row.kind == Kind.RESTORE
            said[row.pk] = (
                _("The warning of fraud was answered")
                if is_over
                else _("On hold: a warning of fraud")
            )
        elif refund:
            said[row.pk] = _("Refund of %(money)s") % {"money": _money(refund)}
        elif dispute:
            said[row.pk] = _("Dispute about %(money)s") % {"money": _money(dispute)}
    return said


def _money(row: Refund | Dispute) -> str:
    return money.format_money(row.unit_amount, row.currency)
