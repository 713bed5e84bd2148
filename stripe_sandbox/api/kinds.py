"""How the text of one parameter becomes a value, or one of Stripe's errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stripe_sandbox.api.forms import Raw
from stripe_sandbox.errors import refused
from stripe_sandbox.payments.currencies import SUPPORTED

# Of metadata: docs.stripe.com/api/metadata.
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


class Kind(Protocol):
    """A kind of value: reads what was sent, or raises Stripe's error for it."""

    def read(self, raw: Raw, name: str) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Text:
    """Any text; empty text unsets (gives None) where that is allowed."""

    longest: int = 5000
    may_unset: bool = False

    def read(self, raw: Raw, name: str) -> str | None:
        text = _text(raw, name)
        if text == "":
            if self.may_unset:
                return None
            raise refused(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{name}' cannot be unset.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(text) > self.longest:
            raise refused(
                f"Invalid string: {text[:10]}…; must be at most {self.longest} characters",
                param=name,
            )
        return text


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of Stripe's words."""

    of: tuple[str, ...]

    def read(self, raw: Raw, name: str) -> str:
        text = _text(raw, name)
        if text not in self.of:
            raise refused(f"Invalid {name}: must be one of {', '.join(self.of)}", param=name)
        return text


@dataclass(frozen=True, kw_only=True)
class Integer:
    least: int | None = None
    most: int | None = None

    def read(self, raw: Raw, name: str) -> int:
        text = _text(raw, name)
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise refused(
                f"Invalid integer: {text[:100]}", code="parameter_invalid_integer", param=name
            )
        number = int(text)
        if self.least is not None and number < self.least:
            raise refused(
                f"This value must be greater than or equal to {self.least}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if self.most is not None and number > self.most:
            raise refused(
                f"This value must be less than or equal to {self.most}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number


@dataclass(frozen=True, kw_only=True)
class Number:
    least: float
    most: float

    def read(self, raw: Raw, name: str) -> float:
        text = _text(raw, name)
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
            raise refused(f"Invalid decimal: {text[:100]}", param=name)
        if not self.least <= float(text) <= self.most:
            raise refused(
                f"Invalid decimal: {text}; must be from {self.least:g} to {self.most:g}", param=name
            )
        return float(text)


@dataclass(frozen=True)
class Flag:
    def read(self, raw: Raw, name: str) -> bool:
        text = _text(raw, name)
        if text not in {"true", "false"}:
            raise refused(f"Invalid boolean: {text[:100]}", param=name)
        return text == "true"


@dataclass(frozen=True)
class Currency:
    def read(self, raw: Raw, name: str) -> str:
        text = _text(raw, name).lower()
        if text not in SUPPORTED:
            raise refused(
                f"Invalid currency: {text[:100]}. Stripe currently supports these currencies: "
                f"{', '.join(SUPPORTED)}",
                param=name,
            )
        return text


@dataclass(frozen=True, kw_only=True)
class Email:
    """An address as Stripe takes it: one @, a domain with a dot, no blanks."""

    longest: int = 512
    may_unset: bool = False

    def read(self, raw: Raw, name: str) -> str | None:
        text = Text(longest=self.longest, may_unset=self.may_unset).read(raw, name)
        if text is not None and not re.fullmatch(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+", text):
            raise refused(f"Invalid email address: {text}", code="email_invalid", param=name)
        return text


@dataclass(frozen=True)
class Many:
    """A list of one kind."""

    of: Kind

    def read(self, raw: Raw, name: str) -> list[Any]:
        if raw == "":
            return []
        if isinstance(raw, str) or not all(key.isdigit() for key in raw):
            raise refused("Invalid array", param=name)
        return [
            self.of.read(raw[key], f"{name}[{place}]")
            for place, key in enumerate(sorted(raw, key=int))
        ]


@dataclass(frozen=True)
class Metadata:
    """Up to 50 texts by key; an empty text removes its key, an empty map removes all (None)."""

    def read(self, raw: Raw, name: str) -> dict[str, str] | None:
        if raw == "":
            return None
        if isinstance(raw, str):
            raise refused("Invalid object", param=name)
        values = {key: _text(value, f"{name}[{key}]") for key, value in raw.items()}
        check_metadata_keys(values, name)
        for key, value in values.items():
            _check_metadata_text("key", key, LONGEST_KEY, name)
            _check_metadata_text("value", value, LONGEST_VALUE, name)
        return values


def check_metadata_keys(values: Mapping[str, str], name: str = "metadata") -> None:
    """
    Check how many keys there are, of those sent or of all.

    :raises StripeError: if there are more than Stripe keeps
    """
    if len(values) > MOST_KEYS:
        raise refused(
            f"Metadata can have up to {MOST_KEYS} keys, but you've set {len(values)}.", param=name
        )


def _check_metadata_text(what: str, text: str, longest: int, name: str) -> None:
    if len(text) > longest:
        raise refused(
            f"Metadata {what}s can have up to {longest} characters, but you passed in a {what} "
            f"that is {len(text)} characters. Invalid {what}: {text}",
            param=name,
        )


def _text(raw: Raw, name: str) -> str:
    if not isinstance(raw, str):
        raise refused("Invalid string", param=name)
    return raw
