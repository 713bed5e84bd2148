"""
Stripe's objects as this project reads them: a few fields each, checked, then frozen.

The same readers take a webhook's payload and an answer of the API. The payload's version is the
endpoint's, so they read defensively: what is not used is not looked at, and what is used must
have the right type.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.stripe_gateway.withdrawals import withdrawn_by_dispute

STRIPE_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
LARGEST_AMOUNT = 2**53  # what JSON carries exactly


class MalformedObject(ValueError):
    """Stripe's object lacks something that we need, or has it in another shape."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} is {str(value)[:100]!r}")
        self.field = field
        self.value = value


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
    # What our metadata says besides, as it stands there.
    user_id: str = ""
    price_id: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None

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

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "CheckoutSession":
        metadata = _metadata(data)
        return cls(
            id=_id(data, "id"),
            livemode=_bool(data, "livemode"),
            mode=_text(data, "mode"),
            status=_text(data, "status", default=""),
            payment_status=_text(data, "payment_status"),
            currency=_text(data, "currency", default=""),
            amount_subtotal=_amount(data, "amount_subtotal", default=0),
            amount_total=_amount(data, "amount_total", default=0),
            payment_intent_id=_optional_id(data, "payment_intent"),
            purchase_uuid=metadata.get("purchase_id"),
            url=_text(data, "url", default="") or None,
            user_id=metadata.get("user_id", ""),
            price_id=metadata.get("price_id", ""),
            created_at=read_timestamp(data.get("created")),
            expires_at=read_timestamp(data.get("expires_at")),
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

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Charge":
        return cls(
            id=_id(data, "id"),
            livemode=_bool(data, "livemode"),
            payment_intent_id=_optional_id(data, "payment_intent"),
            currency=_text(data, "currency"),
            amount_captured=_amount(data, "amount_captured", default=0),
            amount_refunded=_amount(data, "amount_refunded"),
            receipt_url=_text(data, "receipt_url", default=""),
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
            id=_id(data, "id"),
            payment_intent_id=_optional_id(data, "payment_intent"),
            charge_id=_optional_id(data, "charge"),
            amount=_amount(data, "amount"),
            currency=_text(data, "currency"),
            status=_text(data, "status", default="") or "succeeded",
            reason=_text(data, "reason", default=""),
            failure_reason=_text(data, "failure_reason", default=""),
            refund_uuid=_metadata(data).get("refund_id"),
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
    withdrawn: int
    # How many balance transactions it shows: more is later.
    movements: int
    due_by: datetime | None
    # When Stripe said so: the event's time, or the answer's.
    as_of: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any], *, as_of: datetime) -> "DisputeObject":
        nets = list(_nets(data.get("balance_transactions")))
        status = _text(data, "status")
        amount = _amount(data, "amount")
        details = data.get("evidence_details")
        due_by = details.get("due_by") if isinstance(details, Mapping) else None
        return cls(
            id=_id(data, "id"),
            livemode=_bool(data, "livemode"),
            payment_intent_id=_optional_id(data, "payment_intent"),
            charge_id=_optional_id(data, "charge"),
            amount=amount,
            currency=_text(data, "currency"),
            status=status,
            reason=_text(data, "reason", default=""),
            withdrawn=withdrawn_by_dispute(status=status, amount=amount, nets=nets),
            movements=len(nets),
            due_by=read_timestamp(due_by),
            as_of=as_of,
        )


@dataclass(frozen=True, kw_only=True)
class EarlyFraudWarning:
    id: str
    livemode: bool
    payment_intent_id: str | None
    charge_id: str | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "EarlyFraudWarning":
        return cls(
            id=_id(data, "id"),
            livemode=_bool(data, "livemode"),
            payment_intent_id=_optional_id(data, "payment_intent"),
            charge_id=_optional_id(data, "charge"),
        )


def read_timestamp(value: object) -> datetime | None:
    """Seconds since 1970 as Stripe writes time, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**35:
        return None
    return datetime.fromtimestamp(value, tz=UTC)


def _id(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    if isinstance(value, Mapping):  # expanded
        value = value.get("id")
    if not isinstance(value, str) or not STRIPE_ID.fullmatch(value):
        raise MalformedObject(field, value)
    return value


def _optional_id(data: Mapping[str, Any], field: str) -> str | None:
    return None if data.get(field) is None else _id(data, field)


def _text(data: Mapping[str, Any], field: str, *, default: str | None = None) -> str:
    value = data.get(field)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise MalformedObject(field, value)
    return value


def _metadata(data: Mapping[str, Any]) -> dict[str, str]:
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {key: value for key, value in metadata.items() if isinstance(value, str)}


def _amount(data: Mapping[str, Any], field: str, *, default: int | None = None) -> int:
    value = data.get(field)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST_AMOUNT:
        raise MalformedObject(field, value)
    return value


def _bool(data: Mapping[str, Any], field: str) -> bool:
    value = data.get(field)
    if not isinstance(value, bool):
        raise MalformedObject(field, value)
    return value


def _nets(transactions: object) -> Iterator[int]:
    if not isinstance(transactions, list):
        return
    for transaction in transactions:
        if isinstance(transaction, Mapping):
            value = transaction.get("amount")
            if isinstance(value, int) and not isinstance(value, bool):
                yield value
