"""Stripe's OpenAPI document, where STRIPE_SPEC names it."""

import os

import pytest

from tests.contract import openapi


@pytest.fixture(scope="session")
def document():
    spec = os.environ.get("STRIPE_SPEC")
    if not spec:
        pytest.skip("STRIPE_SPEC does not name Stripe's OpenAPI document (spec3.json)")
    return openapi.load(spec)
