"""
What the environment and `.env` say: each value literally, and whether it can be one.

A name that is missing and a value that cannot be are collected, so that whoever sets a site up
reads of all of them at once. Values are never quoted: most are secrets.
"""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import environ
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

TRUE: Final = frozenset({"true", "on", "ok", "y", "yes", "1"})
FALSE: Final = frozenset({"false", "off", "n", "no", "0"})
POSTGRESQL: Final = "django.db.backends.postgresql"
# What a cache needs that is not Django's.
PACKAGES: Final = {
    "memcache": "pymemcache",
    "pymemcache": "pymemcache",
    "pylibmc": "pylibmc",
    "rediscache": "redis",
    "redis": "redis",
    "rediss": "redis",
    "valkey": "redis",
    "valkeys": "redis",
}

Text = str  # a class that has a method of this name cannot say `str` for the type
_T = TypeVar("_T")
_UNSET: Final[Any] = object()


class Problem(NamedTuple):
    """A setting by name, and what is wrong with it, in one sentence or two."""

    name: str
    message: str


class Misconfigured(ImproperlyConfigured):
    """What the environment says cannot be. The message is for the operator, a line for each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.message for problem in problems))
        self.problems = problems


class Impossible(ValueError):
    """A value is not what its setting takes. The message goes on after *is*: *no whole number*."""


class Environment:
    """
    Values as they are written.

    The white space around one is not part of it: a secret mounted as a file ends in a line feed,
    and lists have blanks behind their commas. A `$` is a letter like others. An empty value is
    none. What is missing has its default; what cannot be leaves a problem behind, and a stand-in.
    """

    def __init__(self, values: Mapping[Text, Text] | None = None) -> None:
        given = os.environ if values is None else values
        self.values = {name: value.strip() for name, value in given.items()}
        self.problems: list[Problem] = []

    def __contains__(self, name: Text) -> bool:
        """Tell whether it is there at all, be it empty."""
        return name in self.values

    def refuse(self) -> None:
        """
        End the reading: what was found has been read to its end.

        :raises Misconfigured: if anything is missing or impossible, unless all is being collected
        """
        if _collected is not None:
            _collected.extend(self.problems)
        elif self.problems:
            raise Misconfigured(self.problems)

    def str(
        self,
        name: Text,
        *,
        default: Text = _UNSET,
        choices: tuple[Text, ...] = (),
        example: Text = "",
    ) -> Text:
        def read(value: Text) -> Text:
            if choices and value not in choices:
                raise Impossible(f"none of {', '.join(choices)}")
            return value

        return self._read(name, read, default, stand_in=f"{name} is not set " * 9, example=example)

    def bool(self, name: Text, *, default: bool = _UNSET) -> bool:
        def read(value: Text) -> bool:
            if value.lower() not in TRUE | FALSE:
                raise Impossible("neither true nor false")
            return value.lower() in TRUE

        return self._read(name, read, default, stand_in=False)

    def int(self, name: Text, *, default: int = _UNSET, least: int | None = None) -> int:
        def read(value: Text) -> int:
            return _number(int, "whole number", value, least, default)

        return self._read(name, read, default, stand_in=0)

    def float(self, name: Text, *, default: float = _UNSET, least: float | None = None) -> float:
        def read(value: Text) -> float:
            number = _number(float, "number", value, least, default)
            if not math.isfinite(number):
                raise Impossible("no number")
            return number

        return self._read(name, read, default, stand_in=0.0)

    def languages(self, name: Text, *, default: Text) -> list[tuple[Text, Text]]:
        """Read codes of languages that Django knows, each with its own name for itself."""

        def read(value: Text) -> list[tuple[Text, Text]]:
            codes = [code.strip().lower() for code in value.split(",")]
            for code in codes:
                if "name_local" not in LANG_INFO.get(code, {}):
                    raise Impossible(f"no list of languages that Django has, such as {default}")
            return [(code, LANG_INFO[code]["name_local"]) for code in codes]

        return self._read(name, read, _UNSET, stand_in=read(default), fallback=default)

    def list(
        self, name: Text, *, cast: Callable[[Text], Any] = Text, default: Any = _UNSET
    ) -> list[Any]:
        """Read what commas part."""

        def read(value: Text) -> list[Any]:
            parts = filter(None, map(Text.strip, value.split(",")))
            try:
                return [cast(part) for part in parts]
            except ValueError as error:
                raise Impossible("no list of whole numbers, such as 30,7,1") from error

        return self._read(name, read, default, stand_in=[])

    def amounts(self, name: Text, *, default: Any = _UNSET) -> dict[Text, Any]:
        """Read whole amounts by currency, `usd=2000,eur=1500`."""

        def read(value: Text) -> dict[Text, Any]:
            parts = filter(None, map(Text.strip, value.split(",")))
            try:
                pairs = [part.split("=") for part in parts]
                found = {currency.strip(): int(amount) for currency, amount in pairs}
            except ValueError as error:
                raise Impossible("no list of amounts, such as usd=2000,eur=1500") from error
            if len(found) < len(pairs):
                raise Impossible("a list that names a currency twice")
            return found

        return self._read(name, read, default, stand_in={})

    def address(self, name: Text, *, example: Text) -> Text:
        """Read the address of a site: its name in lower case, without the slash at its end."""

        def read(value: Text) -> Text:
            try:
                parts = urlsplit(value)
                is_one = (
                    parts.scheme in {"http", "https"}
                    and parts.hostname
                    and parts.port != 0
                    and not (parts.username or parts.query or parts.fragment)
                    and not any(map(Text.isspace, value))
                )
            except ValueError:  # a port that is no number
                is_one = False
            if not is_one:
                raise Impossible("no address that begins with https:// or http://")
            # Also of `HTTPS://…`: by it, cookies are Secure.
            return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}".rstrip("/")

        return self._read(name, read, _UNSET, stand_in="https://site.invalid", example=example)

    def db(self, name: Text, *, example: Text) -> dict[Text, Any]:
        """Read the address of a database, as Django's DATABASES have it: PostgreSQL's alone."""

        def read(value: Text) -> dict[Text, Any]:
            config = _parsed(environ.Env.db_url_config, value)
            if config.get("ENGINE") != POSTGRESQL or not config["NAME"]:
                raise Impossible("not the address of a PostgreSQL database")
            return config

        none = {"ENGINE": POSTGRESQL, "NAME": "none", "HOST": "/nonexistent"}
        return self._read(name, read, _UNSET, stand_in=none, example=example)

    def cache(self, name: Text, *, default: Text) -> dict[Text, Any]:
        """Read the address of a cache, as Django's CACHES have it."""

        def read(value: Text) -> dict[Text, Any]:
            scheme = urlsplit(value).scheme
            package = PACKAGES.get(scheme)
            if package and find_spec(package) is None:
                raise Impossible(
                    f"a cache that needs the package {package}, which is not installed"
                )
            return _parsed(environ.Env.cache_url_config, value)

        return self._read(name, read, _UNSET, stand_in=read(default), fallback=default)

    def email(self, name: Text, *, example: Text) -> dict[Text, Any]:
        """Read how mail is sent, as Django's EMAIL_… settings have it."""

        def read(value: Text) -> dict[Text, Any]:
            config = _parsed(environ.Env.email_url_config, value)
            if value.startswith("smtp") and not config.get("EMAIL_HOST"):
                raise Impossible("not the address of a mail server")
            return config

        none = {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
        return self._read(name, read, _UNSET, stand_in=none, example=example)

    def _read(
        self,
        name: Text,
        read: Callable[[Text], _T],
        default: Any,
        *,
        stand_in: Any,
        example: Text = "",
        fallback: Text = "",
    ) -> _T:
        value = self.values.get(name, "") or fallback
        such_as = f" Example: {example}" if example else ""
        if not value:
            if default is not _UNSET:
                return default  # type: ignore[no-any-return] # a default is of the type
            self._note(name, f"{name} is not set.{such_as}")
            return stand_in  # type: ignore[no-any-return] # so is a stand-in
        try:
            return read(value)
        except Impossible as error:
            self._note(name, f"{name} is {error}.{such_as}")
            return stand_in if default is _UNSET else default  # type: ignore[no-any-return]

    def _note(self, name: Text, message: Text) -> None:
        if name not in {problem.name for problem in self.problems}:
            self.problems.append(Problem(name, message))


_collected: list[Problem] | None = None


@contextmanager
def collecting() -> Iterator[list[Problem]]:
    """
    Read settings to their end whatever they are; gives what is wrong with them.

    Only for whoever ends the process if there is anything: what is wrong has stand-ins.
    """
    global _collected  # noqa: PLW0603 (settings are a module, and so is who reads them)
    _collected = []
    try:
        yield _collected
    finally:
        _collected = None


def _number(kind: Callable[[Text], _T], what: Text, value: Text, least: Any, default: Any) -> _T:
    such_as = f", such as {default}" if default is not _UNSET else ""
    try:
        number = kind(value)
    except ValueError as error:
        raise Impossible(f"no {what}{such_as}") from error
    if least is not None and number < least:
        raise Impossible(f"no {what} of {least} or more{such_as}")
    return number


def _parsed(parse: Callable[[Text], dict[Text, Any]], value: Text) -> dict[Text, Any]:
    try:
        return parse(value)
    except (ImproperlyConfigured, ValueError, KeyError) as error:
        raise Impossible("no address of a kind that is known") from error
