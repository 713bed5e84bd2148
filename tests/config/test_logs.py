"""The lines that this site writes of what the apps log."""

import json
import logging

import pytest

from config import logs


@pytest.fixture
def line():
    """Write one record as the site does."""

    def write(event, *, logger="billing.fulfilment", readable=False, extra=None, exc_info=None):
        formatter = logs.logging_config(readable=readable, level="INFO")["formatters"]["line"]
        made = formatter.pop("()")(**formatter)
        record = logging.getLogger(logger).makeRecord(
            logger, logging.WARNING, __file__, 1, event, (), exc_info, extra=extra
        )
        return made.format(record)

    return write


class TestLine:
    def test_is_the_event_and_its_fields_as_json(self, line):
        written = json.loads(line("purchase_paid", extra={"purchase": "a1", "credits": 100}))

        assert written.pop("timestamp").endswith("Z")
        assert written == {
            "event": "purchase_paid",
            "logger": "billing.fulfilment",
            "level": "warning",
            "purchase": "a1",
            "credits": 100,
        }

    def test_has_the_traceback(self, line):
        error = ValueError("odd")

        written = json.loads(line("event_failed", exc_info=(ValueError, error, None)))

        assert written["exception"].endswith("ValueError: odd")

    def test_keeps_its_own_keys_from_fields_of_the_same_name(self, line):
        written = json.loads(line("purchase_paid", extra={"event": "x", "level": "y"}))

        assert (written["event"], written["level"]) == ("purchase_paid", "warning")

    def test_has_no_fields_of_libraries(self, line):
        written = json.loads(line("Not Found: /x", logger="django.request", extra={"request": "x"}))

        assert "request" not in written

    def test_is_readable_on_a_laptop(self, line):
        written = line("purchase_paid", readable=True, extra={"purchase": "a1"})

        assert "purchase_paid" in written
        assert "purchase=a1" in written
