"""
What is left of Stripe's JSON when the person in it has to go: ids, states and sums.

A list of what stays, not of what goes: a field that Stripe invents tomorrow goes too.
"""

from collections.abc import Mapping
from typing import Any, Final

from billing.payloads import object_of

# Marks what was reduced, so that it is reduced once.
MARK: Final = "pruned"

KEPT: Final = frozenset(
    {
        "amount",
        "amount_captured",
        "amount_received",
        "amount_refunded",
        "amount_subtotal",
        "amount_total",
        "api_version",
        "balance_transaction",
        "captured",
        "charge",
        "client_reference_id",
        "created",
        "currency",
        "customer",
        "disputed",
        "expires_at",
        "failure_code",
        "failure_reason",
        "fee",
        "id",
        "latest_charge",
        "livemode",
        "mirrored_as_of",
        "mode",
        "net",
        "object",
        "paid",
        "payment_intent",
        "payment_status",
        "reason",
        "refunded",
        "status",
        "type",
    }
)


def skeleton(value: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce an object, or an event and the object in it."""
    kept = {
        name: inner for name, inner in value.items() if name in KEPT and not _is_compound(inner)
    }
    if inner := object_of(value):
        kept["data"] = {"object": skeleton(inner)}
    return {**kept, MARK: True}


def _is_compound(value: object) -> bool:
    return isinstance(value, Mapping | list)
