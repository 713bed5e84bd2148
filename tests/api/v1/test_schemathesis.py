"""
Requests made up from the OpenAPI document, good ones and bad ones, the same in every run.

Nothing answers with 5xx, and every answer is one that the document describes: its status, its media
type and its shape. What the document takes is taken, and what it refuses is refused.
"""

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings

from credits import audit
from tests.api.services import make_account, make_key

EXAMPLES = 25  # of each operation

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@pytest.fixture
def key(db):
    """To an account with credits. The server must not close the connection of the test."""
    _row, key = make_key(account=make_account(credits=10**9))
    around = (request_started, request_finished)
    for signal in around:
        signal.disconnect(close_old_connections)
    yield key
    for signal in around:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_of_the_document(case, key):
    cache.clear()

    case.call_and_validate(headers={"Authorization": f"Bearer {key}"})

    assert list(audit.faults()) == []
