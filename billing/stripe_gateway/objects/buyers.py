"""
What a session says of its buyer.

https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-customer_details
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ADDRESS: Final = ("line1", "line2", "postal_code", "city", "state", "country")
# Of each text, that much is kept.
LONGEST: Final = 500
MOST_TAX_IDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Nothing in it decides on money, so what is not as documented is left out."""

    name: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    tax_ids: tuple[Mapping[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.name or self.address or self.tax_ids)

    @classmethod
    def read(cls, details: object) -> "Buyer":
        """Read `customer_details`: the name of a business before that of who paid."""
        if not isinstance(details, Mapping):
            return cls()
        names = (_text(details.get(name)) for name in ("business_name", "individual_name", "name"))
        return cls(
            name=next(filter(None, names), ""),
            address=_texts(details.get("address"), ADDRESS),
            tax_ids=tuple(_tax_ids(details.get("tax_ids"))),
        )


def _tax_ids(found: object) -> list[dict[str, str]]:
    listed = found if isinstance(found, list) else []
    read = [_texts(one, ("type", "value")) for one in listed[:MOST_TAX_IDS]]
    return [one for one in read if "value" in one]


def _texts(found: object, names: tuple[str, ...]) -> dict[str, str]:
    values: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    return {name: text for name in names if (text := _text(values.get(name)))}


def _text(value: object) -> str:
    """PostgreSQL keeps no NUL."""
    return value.replace("\0", "").strip()[:LONGEST] if isinstance(value, str) else ""
