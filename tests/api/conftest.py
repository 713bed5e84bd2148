import pytest
import time_machine
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    """Requests are counted in the cache."""
    cache.clear()


@pytest.fixture
def time_machine_now():
    """Set the clock, as often as a test needs."""
    travels = []

    def set_to(moment):
        travel = time_machine.travel(moment, tick=False)
        travel.start()
        travels.append(travel)

    yield set_to
    for travel in reversed(travels):
        travel.stop()
