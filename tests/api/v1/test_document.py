"""The OpenAPI document: served, kept in `docs/`, and true to the addresses."""

import json

import pytest
from django.urls import URLPattern
from jsonschema import Draft202012Validator

from api.v1 import problems, urls
from tests.api.document import FILE

DOCUMENT = json.loads(FILE.read_text())


OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


class TestDocument:
    def test_is_kept_as_it_is_served(self, client):
        answer = client.get("/api/v1/openapi.json")

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.text == FILE.read_text(), "run `python -m tests.api.document`"

    def test_names_every_address(self):
        served = {
            str(pattern.pattern).replace("<", "{").replace(">", "}")
            for pattern in urls.urlpatterns
            if isinstance(pattern, URLPattern) and pattern.name not in {"document", "root", None}
        }

        assert {f"/api/v1/{path}" for path in served} == set(DOCUMENT["paths"])

    def test_names_each_operation_once(self):
        names = [operation["operationId"] for _where, operation in OPERATIONS]

        assert len(names) == len(set(names))

    @pytest.mark.parametrize(("where", "operation"), OPERATIONS)
    def test_wants_a_key_everywhere(self, where, operation):
        assert operation["security"] == [{"Key": []}]
        assert DOCUMENT["components"]["securitySchemes"]["Key"] == {
            "type": "http",
            "scheme": "bearer",
        }

    @pytest.mark.parametrize(("where", "operation"), OPERATIONS)
    def test_has_a_shape_for_every_answer(self, where, operation):
        for status, answer in operation["responses"].items():
            is_problem = int(status) in problems.STATUSES
            media_type = problems.MEDIA_TYPE if is_problem else "application/json"
            assert list(answer["content"]) == [media_type]
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])

    @pytest.mark.parametrize(("where", "operation"), OPERATIONS)
    def test_says_what_each_operation_is_for(self, where, operation):
        assert operation["summary"]
        assert operation["tags"]

    def test_has_schemas_that_are_schemas(self):
        for schema in DOCUMENT["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)
