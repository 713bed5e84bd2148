"""An Early Fraud Warning, https://docs.stripe.com/api/radar/early_fraud_warnings/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.stripe_gateway.objects.fields import read_bool, read_id, read_optional_id


@dataclass(frozen=True, kw_only=True)
class EarlyFraudWarning:
    id: str
    livemode: bool
    payment_intent_id: str | None
    charge_id: str | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "EarlyFraudWarning":
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            payment_intent_id=read_optional_id(data, "payment_intent"),
            charge_id=read_optional_id(data, "charge"),
        )
