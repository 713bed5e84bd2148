"""
Which parameters an endpoint knows.

What Stripe knows and the sandbox does not act on is listed as `unsupported` and refused in plain
words: a parameter is never accepted and then passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.api.forms import Raw
from stripe_sandbox.api.kinds import Email, Integer, Kind, Many, Metadata, Text
from stripe_sandbox.errors import missing_parameter, refused, unknown_parameters

Params = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A nested object, or the whole of an endpoint's parameters."""

    of: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    unsupported: frozenset[str] = field(default_factory=frozenset)

    def read(self, raw: Raw, name: str) -> Params:
        if isinstance(raw, str):
            raise refused("Invalid object", param=name)
        return self.read_all(raw, name)

    def read_all(self, raw: Mapping[str, Raw], name: str = "") -> Params:
        """
        Read a whole form.

        :raises StripeError: if a parameter is unknown, missing or malformed
        """
        unknown = [_inside(name, key) for key in raw if key not in self.of]
        for key in raw:
            if key in self.unsupported:
                raise refused(
                    f"The sandbox does not support the parameter {_inside(name, key)}. "
                    "Stripe itself does.",
                    param=_inside(name, key),
                )
        if unknown:
            raise unknown_parameters(unknown)
        for key in self.required:
            if key not in raw:
                raise missing_parameter(_inside(name, key))
        return {key: self.of[key].read(value, _inside(name, key)) for key, value in raw.items()}


def form(
    fields: Mapping[str, Kind],
    *,
    required: tuple[str, ...] = (),
    unsupported: frozenset[str] = frozenset(),
) -> Fields:
    """Declare an endpoint's parameters; all take `expand`."""
    return Fields(of={**fields, "expand": EXPAND}, required=required, unsupported=unsupported)


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


EXPAND = Many(Text())
ID = Text(longest=255)
TEXT = Text()
UNSETTABLE = Text(may_unset=True)
EMAIL = Email()
UNSETTABLE_EMAIL = Email(may_unset=True)
METADATA = Metadata()
PERIOD = Fields(of={key: Integer() for key in ("gt", "gte", "lt", "lte")})


@dataclass(frozen=True)
class Created:
    """A moment, or a range of moments: `created[gte]=…`."""

    def read(self, raw: Raw, name: str) -> dict[str, int]:
        if isinstance(raw, str):
            return {"gte": Integer().read(raw, name), "lte": Integer().read(raw, name)}
        return PERIOD.read(raw, name)


PAGE: dict[str, Kind] = {
    "created": Created(),
    "ending_before": ID,
    "limit": Integer(least=1, most=100),
    "starting_after": ID,
}
ADDRESS = Fields(
    of=dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), UNSETTABLE)
)
SHIPPING = Fields(
    of={
        "address": ADDRESS,
        "carrier": TEXT,
        "name": TEXT,
        "phone": TEXT,
        "tracking_number": TEXT,
    }
)
BILLING_DETAILS = Fields(
    of={
        "address": ADDRESS,
        "email": UNSETTABLE_EMAIL,
        **dict.fromkeys(("name", "phone", "tax_id"), UNSETTABLE),
    }
)
