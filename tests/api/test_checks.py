"""Settings of the API that cannot be are named."""

import pytest

from api import checks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_REQUESTS_PER_MINUTE", -1),
        ("API_REQUESTS_PER_MINUTE", "60"),
        ("API_REQUESTS_PER_MINUTE", True),
        ("API_MAX_BODY_BYTES", 0),
    ],
)
def test_names_what_cannot_be(settings, name, value):
    setattr(settings, name, value)

    [error] = checks.check_settings(None)

    assert error.msg.startswith(f"{name} is not a whole number")


@pytest.mark.parametrize(
    ("name", "value"), [("API_REQUESTS_PER_MINUTE", 0), ("API_MAX_BODY_BYTES", 1)]
)
def test_takes_what_can_be(settings, name, value):
    setattr(settings, name, value)

    assert checks.check_settings(None) == []
