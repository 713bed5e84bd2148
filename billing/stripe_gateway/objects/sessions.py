"""A Checkout Session, https://docs.stripe.com/api/checkout/sessions/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.stripe_gateway.objects.buyers import Buyer
from billing.stripe_gateway.objects.fields import (
    MalformedObject,
    read_amount,
    read_bool,
    read_id,
    read_metadata,
    read_optional_id,
    read_text,
    read_timestamp,
)

AMOUNTS = ("amount_discount", "amount_tax")


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    id: str
    livemode: bool
    mode: str
    status: str
    payment_status: str
    currency: str
    amount_subtotal: int
    amount_total: int
    payment_intent_id: str | None
    purchase_uuid: str | None
    url: str | None
    # Of `total_details`: https://docs.stripe.com/api/checkout/sessions/object
    amount_discount: int = 0
    amount_tax: int = 0
    invoice_id: str | None = None
    customer_id: str | None = None
    # What our metadata says besides, as it stands there.
    user_id: str = ""
    price_id: str = ""
    quantity: str = ""
    setup_uuid: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    customer_details: object = None

    @property
    def purchase_key(self) -> UUID | None:
        """The purchase that its metadata names, where that is a number of ours at all."""
        try:
            return UUID(self.purchase_uuid or "")
        except ValueError:
            return None

    @property
    def saves_card(self) -> bool:
        """Its page saves a card, and charges nothing."""
        return self.mode == "setup"

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid"

    @property
    def is_free(self) -> bool:
        """Nothing was to be paid; an open session says so too, and may yet change."""
        return self.payment_status == "no_payment_required"

    @property
    def is_settled(self) -> bool:
        """The buyer is done, and owes nothing."""
        return self.is_paid or (self.is_free and self.status == "complete")

    @property
    def buyer(self) -> Buyer:
        return Buyer.read(self.customer_details)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "CheckoutSession":
        metadata = read_metadata(data)
        details = _details(data)
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            mode=read_text(data, "mode"),
            status=read_text(data, "status", default=""),
            payment_status=read_text(data, "payment_status"),
            currency=read_text(data, "currency", default=""),
            amount_subtotal=read_amount(data, "amount_subtotal", default=0),
            amount_total=read_amount(data, "amount_total", default=0),
            payment_intent_id=read_optional_id(data, "payment_intent"),
            purchase_uuid=metadata.get("purchase_id"),
            url=read_text(data, "url", default="") or None,
            **details,
            invoice_id=read_optional_id(data, "invoice"),
            customer_id=read_optional_id(data, "customer"),
            user_id=metadata.get("user_id", ""),
            price_id=metadata.get("price_id", ""),
            quantity=metadata.get("quantity", ""),
            setup_uuid=metadata.get("setup_id", ""),
            created_at=read_timestamp(data.get("created")),
            expires_at=read_timestamp(data.get("expires_at")),
            customer_details=data.get("customer_details"),
        )


def _details(data: Mapping[str, Any]) -> dict[str, int]:
    """
    Read what was taken off and what is tax; null or absent where nothing is to be paid yet.

    :raises MalformedObject: if more is tax than was paid
    """
    details = data.get("total_details")
    if not isinstance(details, Mapping):
        return {}
    amounts = {name: read_amount(details, name, default=0) for name in AMOUNTS}
    if amounts["amount_tax"] > read_amount(data, "amount_total", default=0):
        raise MalformedObject("total_details.amount_tax", amounts["amount_tax"])
    return amounts
