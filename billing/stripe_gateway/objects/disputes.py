"""A Dispute, https://docs.stripe.com/api/disputes/object."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.stripe_gateway.objects.fields import (
    read_amount,
    read_bool,
    read_id,
    read_optional_id,
    read_text,
    read_timestamp,
)


@dataclass(frozen=True, kw_only=True)
class DisputeObject:
    id: str
    livemode: bool
    payment_intent_id: str | None
    charge_id: str | None
    amount: int
    currency: str
    status: str
    reason: str
    # What its balance transactions moved, in their order, in the settlement currency's smallest
    # unit: negative when money left. They are only ever added, so more of them is later.
    nets: tuple[int, ...]
    due_by: datetime | None
    # When Stripe said so: the event's time, or the answer's.
    as_of: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any], *, as_of: datetime) -> "DisputeObject":
        details = data.get("evidence_details")
        due_by = details.get("due_by") if isinstance(details, Mapping) else None
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            payment_intent_id=read_optional_id(data, "payment_intent"),
            charge_id=read_optional_id(data, "charge"),
            amount=read_amount(data, "amount"),
            currency=read_text(data, "currency"),
            status=read_text(data, "status"),
            reason=read_text(data, "reason", default=""),
            nets=tuple(_nets(data.get("balance_transactions"))),
            due_by=read_timestamp(due_by),
            as_of=as_of,
        )


def _nets(transactions: object) -> Iterator[int]:
    if not isinstance(transactions, list):
        return
    for transaction in transactions:
        if isinstance(transaction, Mapping):
            value = transaction.get("amount")
            if isinstance(value, int) and not isinstance(value, bool):
                yield value
