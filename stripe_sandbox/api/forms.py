"""Stripe's form encoding: `a[b][0][c]=v` and `a[]=v` become nested dicts of text."""

import re
from urllib.parse import parse_qsl

from stripe_sandbox.errors import refused

Raw = str | dict[str, "Raw"]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Raw]:
    """
    Read a query string or a form body.

    A list is a dict whose keys are "0", "1", …; only the parameter's declaration knows whether
    `metadata[0]` is a list's first item or a key named 0.

    :raises StripeError: if a name is malformed, or used both as a value and as a container
    """
    form: dict[str, Raw] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        if match is None:
            raise refused(f"Invalid parameter name: {name}", code="parameter_unknown", param=name)
        _put(form, [match[1], *_KEY.findall(match[2])], value, name)
    return form


def _put(form: dict[str, Raw], path: list[str], value: str, name: str) -> None:
    place = form
    for key in path[:-1]:
        inner = place.setdefault(_index(place, key), {})
        if isinstance(inner, str):
            raise _ambiguous(name)
        place = inner
    key = _index(place, path[-1])
    if isinstance(place.get(key), dict):
        raise _ambiguous(name)
    place[key] = value


def _index(place: dict[str, Raw], key: str) -> str:
    return key or str(len(place))


def _ambiguous(name: str) -> Exception:
    return refused(f"Invalid parameter: {name}", code="parameter_invalid_empty", param=name)
