"""A PaymentIntent, https://docs.stripe.com/api/payment_intents/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.stripe_gateway.objects.fields import (
    read_amount,
    read_bool,
    read_id,
    read_metadata,
    read_optional_id,
    read_text,
)


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Why a bank said no: https://docs.stripe.com/declines/codes."""

    # Stripe's error code, such as card_declined, expired_card or authentication_required.
    code: str
    decline_code: str = ""
    # What Stripe advises to do next: https://docs.stripe.com/declines/card#retrying-issuer-declines
    advice_code: str = ""

    @property
    def needs_customer(self) -> bool:
        """Whether the bank wants to ask its customer, who is not there."""
        return "authentication_required" in {self.code, self.decline_code}

    @property
    def has_expired(self) -> bool:
        return "expired_card" in {self.code, self.decline_code}

    @property
    def is_final(self) -> bool:
        return self.advice_code == "do_not_try_again"

    @property
    def name(self) -> str:
        return self.decline_code or self.code

    @classmethod
    def read(cls, error: Mapping[str, Any]) -> "Decline":
        return cls(
            code=read_text(error, "code", default=""),
            decline_code=read_text(error, "decline_code", default=""),
            advice_code=read_text(error, "advice_code", default=""),
        )


@dataclass(frozen=True, kw_only=True)
class PaymentIntent:
    id: str
    livemode: bool
    # https://docs.stripe.com/payments/paymentintents/lifecycle
    status: str
    currency: str
    amount: int
    amount_received: int
    customer_id: str | None
    # What our metadata says.
    purchase_uuid: str | None
    user_id: str = ""
    price_id: str = ""
    is_topup: bool = False
    # Why its last attempt failed.
    decline: Decline | None = None

    @property
    def purchase_key(self) -> UUID | None:
        """The purchase that its metadata names, where that is a number of ours at all."""
        try:
            return UUID(self.purchase_uuid or "")
        except ValueError:
            return None

    @property
    def is_paid(self) -> bool:
        return self.status == "succeeded"

    @property
    def is_processing(self) -> bool:
        return self.status == "processing"

    @property
    def payment_intent_id(self) -> str:
        return self.id

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "PaymentIntent":
        metadata = read_metadata(data)
        error = data.get("last_payment_error")
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            status=read_text(data, "status"),
            currency=read_text(data, "currency"),
            amount=read_amount(data, "amount"),
            amount_received=read_amount(data, "amount_received", default=0),
            customer_id=read_optional_id(data, "customer"),
            purchase_uuid=metadata.get("purchase_id"),
            user_id=metadata.get("user_id", ""),
            price_id=metadata.get("price_id", ""),
            is_topup=metadata.get("kind") == "topup",
            decline=Decline.read(error) if isinstance(error, Mapping) else None,
        )
