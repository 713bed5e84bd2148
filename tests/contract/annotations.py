"""
The resource classes of the installed stripe-python as a judge of objects.

They are generated from Stripe's description of the same API version, and always at hand.
"""

import re
import types
import typing
from decimal import Decimal
from typing import Any, ForwardRef, Literal, TypeVar, Union, get_args, get_origin

import stripe
from stripe._object_classes import get_object_class
from stripe._stripe_object import StripeObject, UntypedStripeObject

Json = Any
# In stripe-python for older versions of the API; Stripe's document has it no more.
BYGONE = {("Product", "type")}
SCALARS: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    float: (float, int),
    int: (int,),
    str: (str,),
}


def object_faults(body: Json) -> list[str]:
    """
    Judge one of Stripe's objects: no unknown property, none missing, each of its kind.

    A property that may be absent or null is `Optional` in stripe-python.
    """
    if not isinstance(body, dict) or "object" not in body:
        return ["it is no object of Stripe's"]
    if body.get("deleted") is True:
        return []  # a stub of three properties, which stripe-python does not describe
    cls = class_of(body["object"])
    return [f"{body['object']} is unknown"] if cls is None else _object(body, cls, body["object"])


def event_faults(event: Json) -> list[str]:
    """Judge an event, and the object inside by its own class."""
    faults = object_faults(event)
    return faults or [f"{event['type']}: {f}" for f in object_faults(event["data"]["object"])]


def class_of(object_name: str) -> type[StripeObject] | None:
    cls: type[StripeObject] = get_object_class("V1", object_name)
    return None if cls is StripeObject else cls


def _object(value: Json, cls: type, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {cls.__name__}"]
    known = {
        name: annotation
        for base in reversed(cls.__mro__)
        for name, annotation in getattr(base, "__annotations__", {}).items()
        if issubclass(base, StripeObject) and base is not StripeObject and name[0] != "_"
    }
    known = {n: a for n, a in known.items() if get_origin(a) is not typing.ClassVar}
    faults = [f"{where}.{name} is unknown to stripe-python" for name in value if name not in known]
    for name, annotation in known.items():
        if name in value:
            faults += _value(value[name], annotation, f"{where}.{name}")
        elif not _may_be_absent(annotation) and (cls.__name__, name) not in BYGONE:
            faults.append(f"{where}.{name} is missing")
    return faults


def _value(value: Json, annotation: Any, where: str) -> list[str]:  # noqa: PLR0911 - one a kind
    origin = get_origin(annotation)
    if annotation is Any or isinstance(annotation, TypeVar):
        return []
    if isinstance(annotation, ForwardRef | str):
        name = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        return _named(value, name, where)
    if origin in {Union, types.UnionType}:
        return _any_of(value, get_args(annotation), where)
    if origin is Literal:
        fits = value in get_args(annotation)
        return [] if fits else [f"{where}: {value!r} is none of Stripe's words"]
    if origin in {list, stripe.ListObject}:
        return _each(value, annotation, where)
    if dict in {annotation, origin} or UntypedStripeObject in {annotation, origin}:
        return _map(value, get_args(annotation), where)
    if annotation in SCALARS or annotation in {Decimal, type(None)}:
        return _scalar(value, annotation, where)
    return _object(value, annotation, where)


def _scalar(value: Json, annotation: Any, where: str) -> list[str]:
    if annotation is type(None):
        fits = value is None
    elif annotation is Decimal:
        fits = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    else:
        is_flag = isinstance(value, bool)
        fits = isinstance(value, SCALARS[annotation]) and is_flag == (annotation is bool)
    return [] if fits else [f"{where}: {value!r} is no {annotation.__name__}"]


def _any_of(value: Json, choices: tuple[Any, ...], where: str) -> list[str]:
    """Judge by the choice that fits best; beside `Literal[…]`, `str` stands for later versions."""
    if any(get_origin(choice) is Literal for choice in choices):
        choices = tuple(choice for choice in choices if choice is not str)
    judged = [(choice in SCALARS, _value(value, choice, where)) for choice in choices]
    if any(not faults for _, faults in judged):
        return []
    return min(judged, key=lambda choice: (choice[0], len(choice[1])))[1]


def _each(value: Json, annotation: Any, where: str) -> list[str]:
    """Judge a list's items by its annotation, or a page's by what they say they are."""
    if get_origin(annotation) is stripe.ListObject:
        page = value.get("data") if isinstance(value, dict) else None
        if not isinstance(page, list):
            return [f"{where}: {value!r} is no page"]
        return [f"{where}.{fault}" for item in page for fault in object_faults(item)]
    if not isinstance(value, list):
        return [f"{where}: {value!r} is no list"]
    inner = get_args(annotation)[0]
    return [
        fault
        for place, item in enumerate(value)
        for fault in _value(item, inner, f"{where}[{place}]")
    ]


def _map(value: Json, inner: tuple[Any, ...], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no map"]
    kind = inner[-1] if inner else Any
    return [f for key, item in value.items() for f in _value(item, kind, f"{where}.{key}")]


def _named(value: Json, class_name: str, where: str) -> list[str]:
    """Judge an expanded object by the class that its annotation names."""
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {class_name}"]
    if value.get("deleted") is True:
        return []
    cls = class_of(value.get("object", ""))
    # Where a class would hide one of its own, stripe-python imports it as `…Resource`.
    if cls is None or cls.__name__ != class_name.removesuffix("Resource"):
        return [f"{where}: {value.get('object')!r} is no {class_name}"]
    return _object(value, cls, where)


def _may_be_absent(annotation: Any) -> bool:
    return type(None) in get_args(annotation)
