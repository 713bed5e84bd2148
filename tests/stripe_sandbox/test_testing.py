"""A sandbox in the test process, with pytest or without."""

import sqlite3
from typing import Any

import pytest

from stripe_sandbox import testing
from tests.stripe_sandbox.buying import make_client


class TestRunning:
    def test_serves_until_the_block_ends(self):
        with testing.running() as sandbox:
            make_client(sandbox).v1.products.create({"name": "Starter"})

        with pytest.raises(ConnectionError):
            sandbox.events()

    def test_tells_of_each_call_and_event(self):
        calls: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []

        with testing.running(on_call=calls.append, on_event=events.append) as sandbox:
            make_client(sandbox, key=sandbox.key).v1.products.create({"name": "Starter"})

        assert [(call["path"], call["status"]) for call in calls] == [("/v1/products", 200)]
        assert [event["type"] for event in events] == ["product.created"]
        assert sandbox.traffic == calls

    def test_says_at_once_why_it_cannot_start(self, tmp_path):
        with (
            pytest.raises(sqlite3.OperationalError, match="unable to open"),
            testing.running(state=str(tmp_path)),
        ):
            pass
