"""
Stripe's OpenAPI document as a judge of requests, answers and events.

The document's own schemas are checked by jsonschema, made as strict as Stripe is: a property that
the document does not know is a fault, and so is a nullable one that is left out (Stripe sends
null). `STRIPE_SPEC` names the file; Stripe publishes it as `spec3.json`.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = Any
Schema = dict[str, Any]

ROOT = "urn:stripe"
# Shown only when they are asked for by `expand`.
ONLY_EXPANDED = {"charge": {"refunds"}, "customer": {"cash_balance"}}


class Document:
    """One version of Stripe's API, as Stripe describes it."""

    def __init__(self, path: Path) -> None:
        self.raw = json.loads(path.read_text())
        self.version = self.raw["info"]["version"]
        self.schemas: dict[str, Schema] = self.raw["components"]["schemas"]
        self.kinds = {s["x-resourceId"] for s in self.schemas.values() if "x-resourceId" in s}
        self.operations = [
            (method.upper(), template, _pattern(template), operation)
            for template, methods in self.raw["paths"].items()
            for method, operation in methods.items()
        ]
        strict = {"components": {"schemas": {n: strictly(s) for n, s in self.schemas.items()}}}
        resource = DRAFT202012.create_resource(strict)
        self.registry: Registry[Any] = Registry().with_resource(ROOT, resource)
        self._validators: dict[str, Any] = {}

    # --- what is judged ----------------------------------------------------------------------

    def object_faults(self, body: Json) -> list[str]:
        """Judge one of Stripe's objects by the schema of its kind."""
        kind = body.get("object") if isinstance(body, dict) else None
        name = f"deleted_{kind}" if isinstance(body, dict) and "deleted" in body else kind
        schema = next((n for n, s in self.schemas.items() if s.get("x-resourceId") == name), None)
        if schema is None:
            return [f"{name} is no object of this API"]
        return self._faults(body, {"$ref": f"#/components/schemas/{schema}"})

    def event_faults(self, event: Json) -> list[str]:
        """Judge an event's envelope, and the object inside by the schema of its own kind."""
        faults = self._faults(event, {"$ref": "#/components/schemas/event"})
        return faults or [f"data.object.{f}" for f in self.object_faults(event["data"]["object"])]

    def answer_faults(self, method: str, path: str, status: int, body: Json) -> list[str]:
        _, operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is no operation of this API"]
        answers = operation["responses"]
        answer = answers.get(str(status)) or answers["default"]
        return self._faults(body, answer["content"]["application/json"]["schema"])

    def request_faults(self, method: str, path: str, *, query: str, body: str) -> list[str]:
        """Judge a request's parameters: known, complete and of their kind."""
        _, operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is no operation of this API"]
        sent = decode(body if method == "POST" else query)
        if method == "POST" and query:
            return ["a POST has its parameters in its body"]
        schema = self.parameters(operation, method)
        return self._faults(self._typed(sent, schema), schema)

    def operation(self, method: str, path: str) -> tuple[str, Schema | None]:
        """Find the operation of a path; the one with fewest variables wins."""
        found = [(t, o) for m, t, p, o in self.operations if m == method and p.fullmatch(path)]
        return min(found, key=lambda item: item[0].count("{")) if found else ("", None)

    def parameters(self, operation: Schema, method: str) -> Schema:
        """Write an operation's parameters as the schema of one object."""
        if method == "POST":
            content = operation.get("requestBody", {}).get("content", {})
            form = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
            return {"type": "object", "properties": {}, "additionalProperties": False, **form}
        query = [p for p in operation.get("parameters", []) if p["in"] == "query"]
        return {
            "type": "object",
            "properties": {parameter["name"]: parameter["schema"] for parameter in query},
            "required": [parameter["name"] for parameter in query if parameter.get("required")],
            "additionalProperties": False,
        }

    # --- how -----------------------------------------------------------------------------------

    def _faults(self, value: Json, schema: Schema) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema.Draft202012Validator(
                _absolute(strictly(schema)), registry=self.registry
            )
        errors = self._validators[key].iter_errors(value)
        return [_sentence(jsonschema.exceptions.best_match([error])) for error in errors]

    def resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _typed(self, sent: Json, schema: Schema) -> Json:
        """Turn text into the kinds that the schema wants, where it can be; leave the rest."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            readings = [(self._typed(sent, branch), branch) for branch in schema["anyOf"]]
            fitting = [value for value, branch in readings if not self._faults(value, branch)]
            return fitting[0] if fitting else readings[0][0]
        kind = schema.get("type")
        if isinstance(sent, str):
            return _read(sent, kind)
        if kind == "array" and all(key.isdigit() for key in sent):
            return [self._typed(sent[key], schema["items"]) for key in sorted(sent, key=int)]
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        beyond = other if isinstance(other, dict) else {}
        return {key: self._typed(value, known.get(key, beyond)) for key, value in sent.items()}


def strictly(schema: Json) -> Json:
    """Translate OpenAPI 3.0 to JSON Schema, and forbid what Stripe does not do."""
    if isinstance(schema, list):
        return [strictly(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: strictly(value) for key, value in schema.items() if not _is_note(key)}
    if schema.get("x-stripeBypassValidation"):
        strict.pop("enum", None)
    if schema.get("format") == "currency":
        strict["pattern"] = "^[a-zA-Z]{3}$"
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        strict["properties"] = {k: strictly(v) for k, v in schema["properties"].items()}
        strict.setdefault("additionalProperties", False)
        if "x-resourceId" in schema:
            strict["required"] = sorted({*schema.get("required", []), *_always_shown(schema)})
    if schema.get("nullable") is True:
        return {"anyOf": [strict, {"type": "null"}]}
    return strict


def _always_shown(schema: Schema) -> Iterator[str]:
    left_out = ONLY_EXPANDED.get(schema["x-resourceId"], set())
    for name, property_schema in schema["properties"].items():
        if property_schema.get("nullable") is True and name not in left_out:
            yield name


def _is_note(key: str) -> bool:
    return key in {"nullable", "description", "title"} or key.startswith("x-")


def _absolute(schema: Json) -> Json:
    return json.loads(json.dumps(schema).replace('"#/components', f'"{ROOT}#/components'))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)))


def _sentence(error: Any) -> str:
    where = ".".join(str(step) for step in error.absolute_path)
    return f"{where or 'it'}: {error.message[:200]}"


def _read(text: str, kind: str | None) -> Json:
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def decode(text: str) -> dict[str, Any]:
    """Read Stripe's form encoding: nested dicts of text, lists as dicts of digits."""
    form: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=True):
        first, *rest = name.replace("]", "").split("[")
        place, key = form, first
        for step in rest:
            place = place.setdefault(key, {})
            key = step or str(len(place))
        place[key] = value
    return form


@functools.cache
def load(path: str) -> Document:
    return Document(Path(path))
