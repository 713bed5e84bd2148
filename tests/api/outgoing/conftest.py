import pytest

from tests.api.outgoing.receiver import receiving


@pytest.fixture
def private_allowed(settings):
    """Receivers of tests are on this machine."""
    settings.API_WEBHOOK_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver(private_allowed):
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def other(private_allowed):
    """Another service."""
    with receiving() as receiver:
        yield receiver
