"""`expand`: ids become the objects that they name, and lists appear that are left out else."""

import json
from collections.abc import Callable, Sequence

from stripe_sandbox.api.routes import as_list
from stripe_sandbox.errors import refused
from stripe_sandbox.payments import discounting
from stripe_sandbox.state.store import Object, Store

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
        _follow(store, copy, steps, path, copy)
    return copy


def _follow(store: Store, body: Object, steps: list[str], path: str, parent: Object) -> None:
    step, rest = steps[0], steps[1:]
    if body.get("object") == "list" and step != "data":
        raise _not_expandable(path)
    if step not in body:
        _show(store, body, step, path, parent)
    value = body.get(step)
    if isinstance(value, str):
        body[step] = value = _named(store, value, path)
    if rest:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _follow(store, item, rest, path, body)


def _named(store: Store, id: str, path: str) -> Object:
    found = store.find(id)
    if found is None:
        raise _not_expandable(path)
    return found


def _show(store: Store, body: Object, step: str, path: str, parent: Object) -> None:
    """Add what is shown only when it is asked for, where this object has it at all."""
    kind = body.get("object")
    if step == "breakdown" and parent.get("total_details") is body:
        body[step] = discounting.breakdown(store, parent)
        return
    if (kind, step) == ("item", "taxes"):
        body[step] = _taxes(store, body, parent)
        return
    if (kind, step) not in ON_DEMAND:
        raise _not_expandable(path)
    value = ON_DEMAND[kind, step](store, body)
    if value is not None:
        body[step] = value


def _line_items(store: Store, session: Object) -> Object:
    items = store.private(session["id"])["line_items"]
    return as_list(items, f"/v1/checkout/sessions/{session['id']}/line_items")


def _taxes(store: Store, item: Object, items: Object) -> list[Object]:
    """Find an item's taxes by the list that it stands in: it does not say itself whose it is."""
    session_id = items["url"].split("/")[4]
    taxes: list[Object] = store.private(session_id).get("taxes", {}).get(item["id"], [])
    return taxes


def _tax_ids(store: Store, customer: Object) -> Object:
    ids = store.all("tax_id", customer=customer["id"])[::-1]
    return as_list(ids, f"/v1/customers/{customer['id']}/tax_ids")


def _payments(store: Store, invoice: Object) -> Object:
    payments = store.private(invoice["id"]).get("payments", [])
    return as_list(payments, f"/v1/invoice_payments?invoice={invoice['id']}")


def _refunds(store: Store, charge: Object) -> Object:
    refunds = store.all("refund", charge=charge["id"])[::-1]
    return as_list(refunds, f"/v1/charges/{charge['id']}/refunds")


def _currency_options(_store: Store, price: Object) -> Object:
    kept = ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
    return {price["currency"]: {name: price[name] for name in kept}}


def _empty_list(name: str) -> Callable[[Store, Object], Object]:
    return lambda _store, body: as_list([], f"/v1/customers/{body['id']}/{name}")


ON_DEMAND: dict[tuple[str | None, str], Callable[[Store, Object], object]] = {
    ("charge", "refunds"): _refunds,
    ("checkout.session", "line_items"): _line_items,
    ("customer", "sources"): _empty_list("sources"),
    ("customer", "subscriptions"): _empty_list("subscriptions"),
    ("customer", "tax_ids"): _tax_ids,
    ("invoice", "payments"): _payments,
    ("item", "discounts"): lambda _store, _item: [],
    ("price", "currency_options"): _currency_options,
    ("price", "tiers"): lambda _store, _price: None,  # of tiered prices only
}


def _not_expandable(path: str) -> Exception:
    return refused(
        f"This property cannot be expanded ({path}). You may want to try expanding its parent.",
        param="expand",
    )
