"""The sandbox takes nothing that Stripe would not: no other endpoint, parameter or word."""

import pytest

from stripe_sandbox.api import kinds, params
from stripe_sandbox.api.dispatch import ROUTES
from tests.contract.traffic import UNDOCUMENTED

DOCUMENTED = [
    route
    for route in ROUTES
    if not route.hidden and not UNDOCUMENTED.fullmatch(route.path.replace("{id}", "x"))
]


def faults_of(kind, schema, document, where):
    """List what a parameter takes that Stripe's does not."""
    schema = document.resolve(schema)
    branches = [document.resolve(branch) for branch in schema.get("anyOf", [schema])]
    by_type = {branch.get("type"): branch for branch in branches}
    if isinstance(kind, params.Fields):
        properties = {
            name: inner
            for branch in branches
            for name, inner in branch.get("properties", {}).items()
        }
        faults = [
            f"{where}[{name}]" for name in [*kind.of, *kind.unsupported] if name not in properties
        ]
        for name in kind.of.keys() & properties.keys():
            faults += faults_of(kind.of[name], properties[name], document, f"{where}[{name}]")
        return faults
    if isinstance(kind, kinds.Many):
        inner = by_type.get("array", {}).get("items")
        return faults_of(kind.of, inner, document, f"{where}[]") if inner else [f"{where}: no list"]
    if isinstance(kind, params.Created):
        return [] if {"integer", "object"} <= set(by_type) else [f"{where}: no period"]
    wanted = {
        kinds.Choice: "string",
        kinds.Currency: "string",
        kinds.Email: "string",
        kinds.Flag: "boolean",
        kinds.Integer: "integer",
        kinds.Metadata: "object",
        kinds.Number: "number",
        kinds.Text: "string",
    }[type(kind)]
    if wanted not in by_type:
        return [f"{where}: {wanted}"]
    words = by_type[wanted].get("enum")
    if isinstance(kind, kinds.Choice) and words:
        return [f"{where}={word}" for word in kind.of if word not in words]
    return []


class TestEndpoint:
    @pytest.mark.parametrize("route", DOCUMENTED, ids=lambda r: f"{r.method} {r.path}")
    def test_is_stripes_with_its_parameters(self, document, route):
        _, operation = document.operation(route.method, route.path.replace("{id}", "x"))
        assert operation is not None

        schema = document.parameters(operation, route.method)
        taken = dict(route.form.of)
        if route.method == "DELETE":
            del taken["expand"]  # taken by all, and documented for all but these

        form = params.Fields(of=taken, unsupported=route.form.unsupported)
        assert faults_of(form, schema, document, "") == []
