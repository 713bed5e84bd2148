"""How the sandbox misbehaves on purpose."""

import random
from dataclasses import asdict, dataclass, fields
from typing import Any

from stripe_sandbox.errors import refused


@dataclass
class Switches:
    """
    Every switch, all off.

    `api_*` concern calls to `/v1/…` whose "METHOD /path" contains `api_only`; with `api_times`
    they switch themselves off after that many calls.
    """

    api_only: str = ""
    api_times: int | None = None
    # Seconds that a call waits before anything happens.
    api_slow: float = 0.0
    # Answer with this HTTP status instead of doing anything: 429, 500, 503.
    api_status: int | None = None
    # Close the connection without an answer.
    api_down: bool = False
    # Do what was asked, keep the answer for its idempotency key, and wait this long to answer.
    api_hang_after_effect: float = 0.0

    # As if nobody had saved the customer portal's settings in the Dashboard.
    portal_missing: bool = False

    # Deliver nothing until it is switched off again; then all that waited.
    delivery_off: bool = False
    # Deliver each event twice.
    delivery_duplicate: bool = False
    # Deliver within some seconds in any order.
    delivery_shuffle: float = 0.0
    # Seconds that each delivery waits.
    delivery_slow: float = 0.0
    # The share of events that is never delivered, from 0 to 1.
    delivery_lose: float = 0.0

    # Seconds that Stripe's clock is ahead of this machine's; negative: behind. In the `Date` of its
    # answers, in its timestamps and signatures, and in what it takes for a time to come.
    clock_ahead: float = 0.0

    # Whether sessions have Managed Payments on unless they say no, as in newer accounts.
    # https://docs.stripe.com/payments/managed-payments/update-checkout
    managed_payments_by_default: bool = False

    # Seconds until banks clear or fail debits and refunds; null: only when told.
    bank_seconds: float | None = 5.0
    # Seconds between the attempts of one delivery.
    retry_seconds: tuple[float, ...] = (1.0, 5.0, 30.0)

    def set(self, **values: Any) -> None:
        """
        Set switches by name.

        :raises StripeError: if a switch is unknown or its value is of the wrong kind
        """
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise refused(f"There is no switch {name}; there are {', '.join(sorted(known))}.")
            setattr(self, name, _checked(name, value))

    def reset(self) -> None:
        self.set(**asdict(Switches()))

    def shown(self) -> dict[str, Any]:
        return asdict(self)

    def misbehave(self) -> bool:
        """Tell whether anything is switched on that a person may have forgotten."""
        usual = {**asdict(Switches()), "bank_seconds": self.bank_seconds}
        return asdict(self) != {**usual, "retry_seconds": self.retry_seconds}

    def applies_to(self, call: str) -> bool:
        """Whether the API switches concern this call; uses up one of `api_times`."""
        misbehaves = self.api_slow or self.api_status or self.api_down or self.api_hang_after_effect
        if not misbehaves or self.api_only not in call or self.api_times == 0:
            return False
        if self.api_times is not None:
            self.api_times -= 1
        return True

    def loses(self) -> bool:
        return random.random() < self.delivery_lose  # noqa: S311 - chance, not a secret

    def shuffled_delay(self) -> float:
        return self.delivery_slow + random.uniform(0, self.delivery_shuffle)  # noqa: S311


def _checked(name: str, value: Any) -> Any:
    default = getattr(Switches, name)
    if name == "retry_seconds" and isinstance(value, list | tuple):
        return tuple(float(seconds) for seconds in value)
    if value is None and name in {"api_times", "api_status", "bank_seconds"}:
        return None
    if isinstance(default, bool) and isinstance(value, bool):
        return value
    if isinstance(default, str) and isinstance(value, str):
        return value
    if name in {"api_times", "api_status"} and type(value) is int:
        return value
    is_number = isinstance(default, float) and type(value) in {int, float}
    if is_number and (value >= 0 or name == "clock_ahead"):
        return float(value)
    raise refused(f"{value!r} is not a value of the switch {name}.")
