"""A Refund, https://docs.stripe.com/api/refunds/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.stripe_gateway.objects.fields import (
    read_amount,
    read_id,
    read_metadata,
    read_optional_id,
    read_text,
)


@dataclass(frozen=True, kw_only=True)
class RefundObject:
    id: str
    payment_intent_id: str | None
    charge_id: str | None
    amount: int
    currency: str
    status: str
    reason: str
    failure_reason: str
    # Our own Refund's uuid, when we asked for it.
    refund_uuid: str | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "RefundObject":
        return cls(
            id=read_id(data, "id"),
            payment_intent_id=read_optional_id(data, "payment_intent"),
            charge_id=read_optional_id(data, "charge"),
            amount=read_amount(data, "amount"),
            currency=read_text(data, "currency"),
            status=read_text(data, "status", default="") or "succeeded",
            reason=read_text(data, "reason", default=""),
            failure_reason=read_text(data, "failure_reason", default=""),
            refund_uuid=read_metadata(data).get("refund_id"),
        )
