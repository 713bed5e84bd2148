"""A Charge, https://docs.stripe.com/api/charges/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.stripe_gateway.objects.fields import (
    read_amount,
    read_bool,
    read_id,
    read_metadata,
    read_optional_id,
    read_text,
)


@dataclass(frozen=True, kw_only=True)
class Charge:
    id: str
    livemode: bool
    payment_intent_id: str | None
    currency: str
    amount_captured: int
    amount_refunded: int
    receipt_url: str
    # What the payment's metadata says; Stripe copies it to the charge.
    purchase_uuid: str | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Charge":
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            payment_intent_id=read_optional_id(data, "payment_intent"),
            currency=read_text(data, "currency"),
            amount_captured=read_amount(data, "amount_captured", default=0),
            amount_refunded=read_amount(data, "amount_refunded"),
            receipt_url=read_text(data, "receipt_url", default=""),
            purchase_uuid=read_metadata(data).get("purchase_id"),
        )
