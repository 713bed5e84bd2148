"""What an endpoint of the API is: a method, a path, its parameters and what it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.api.kinds import Kind, check_metadata_keys
from stripe_sandbox.api.params import ID, PAGE, TEXT, Fields, Params, form
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: its checked parameters, and the id that its path names."""

    world: World
    params: Params
    id: str = ""


Handler = Callable[[Call], Object]


@dataclass(frozen=True)
class Route:
    method: str
    # With at most one `{id}`.
    path: str
    form: Fields
    handler: Handler
    # Not in Stripe's public documents, though its own clients use it.
    hidden: bool = field(default=False, kw_only=True)

    def match(self, method: str, path: str) -> str | None:
        """Return the id in the path ("" if it names none), or None if this is another endpoint."""
        if method != self.method:
            return None
        pattern = re.escape(self.path).replace(r"\{id\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        if found is None:
            return None
        return found[1] if found.groups() else ""


PLAIN = form({})


def retrieving(object_name: str, path: str) -> Route:
    def retrieve(call: Call) -> Object:
        return call.world.store.get(call.id, object_name)

    return Route("GET", path, PLAIN, retrieve)


def listing(
    object_name: str,
    path: str,
    filters: Mapping[str, Kind],
    *,
    columns: Mapping[str, str] | None = None,
    with_created: bool = True,
) -> Route:
    """List a kind; `columns` names the property where it is not the parameter's own name."""
    names = {name: (columns or {}).get(name, name) for name in filters}
    page = {name: kind for name, kind in PAGE.items() if with_created or name != "created"}

    def list_objects(call: Call) -> Object:
        found, has_more = call.world.store.page(
            object_name,
            {names[name]: call.params[name] for name in filters if name in call.params},
            **{name: call.params[name] for name in page if name in call.params},
        )
        return as_list(found, path, has_more=has_more)

    return Route("GET", path, form({**page, **filters}), list_objects)


def as_list(data: list[Object], url: str, *, has_more: bool = False) -> Object:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def with_metadata(current: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Merge as Stripe does: an empty text removes its key, None removes all."""
    if given is None:
        return {}
    merged = {key: value for key, value in {**current, **given}.items() if value != ""}
    check_metadata_keys(merged)
    return merged


def updates(call: Call, object_name: str, event_type: str | None) -> Object:
    """Set what was sent on an object, and announce what changed where Stripe does."""
    store = call.world.store
    body = store.get(call.id, object_name)
    values: dict[str, Any] = {k: v for k, v in call.params.items() if k != "expand"}
    if "metadata" in values:
        values["metadata"] = with_metadata(body["metadata"], values["metadata"])
    previous = store.change(body, **values)
    if previous and event_type is not None:
        call.world.emit(event_type, body, previous)
    return body


__all__ = ["ID", "TEXT", "Call", "Handler", "Route", "as_list", "listing", "retrieving", "updates"]
