import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits, and when Stripe was asked, are counted in the cache."""
    cache.clear()
