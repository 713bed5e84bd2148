"""`expand`: ids become the objects that they name, and lists appear that are left out else."""

import json
from collections.abc import Sequence

from billing.sandbox.errors import refused
from billing.sandbox.routes import as_list
from billing.sandbox.store import Object, Store

DEEPEST = 4


def expand(store: Store, body: Object, paths: Sequence[str]) -> Object:
    """
    Return a copy with every path expanded, at most four levels deep.

    :raises StripeError: if a path names what cannot be expanded
    """
    copy: Object = json.loads(json.dumps(body))
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST + (steps[0] == "data"):
            raise refused(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}",
                param="expand",
            )
        _follow(store, copy, steps, path)
    return copy


def _follow(store: Store, body: Object, steps: list[str], path: str) -> None:
    step, rest = steps[0], steps[1:]
    if body.get("object") == "list" and step != "data":
        raise _not_expandable(path)
    if step not in body:
        body[step] = _left_out(store, body, step, path)
    if isinstance(body[step], str):
        body[step] = _named(store, body[step], path)
    if rest:
        inner = body[step] if isinstance(body[step], list) else [body[step]]
        for item in inner:
            if isinstance(item, dict):
                _follow(store, item, rest, path)


def _named(store: Store, id: str, path: str) -> Object:
    found = store.find(id)
    if found is None:
        raise _not_expandable(path)
    return found


def _left_out(store: Store, body: Object, step: str, path: str) -> Object:
    """Stripe shows these only when they are asked for."""
    if (body.get("object"), step) == ("checkout.session", "line_items"):
        items = store.private(body["id"])["line_items"]
        return as_list(items, f"/v1/checkout/sessions/{body['id']}/line_items")
    if (body.get("object"), step) == ("charge", "refunds"):
        refunds = store.all("refund", charge=body["id"])[::-1]
        return as_list(refunds, f"/v1/charges/{body['id']}/refunds")
    raise _not_expandable(path)


def _not_expandable(path: str) -> Exception:
    return refused(
        f"This property cannot be expanded ({path}). You may want to try expanding its parent.",
        param="expand",
    )
