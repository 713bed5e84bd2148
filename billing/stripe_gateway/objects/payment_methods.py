"""A card that Stripe keeps, https://docs.stripe.com/api/payment_methods/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.stripe_gateway.objects.fields import (
    MalformedObject,
    read_amount,
    read_id,
    read_optional_id,
    read_text,
)


@dataclass(frozen=True, kw_only=True)
class CardMethod:
    """A PaymentMethod of the type card. Nothing of it but what its owner knows it by is read."""

    id: str
    customer_id: str | None
    brand: str
    last4: str
    exp_month: int
    exp_year: int

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "CardMethod":
        card = data.get("card")
        if not isinstance(card, Mapping):
            raise MalformedObject("card", card)
        return cls(
            id=read_id(data, "id"),
            customer_id=read_optional_id(data, "customer"),
            brand=read_text(card, "brand", default="")[:32],
            last4=read_text(card, "last4")[:4],
            exp_month=read_amount(card, "exp_month"),
            exp_year=read_amount(card, "exp_year"),
        )
