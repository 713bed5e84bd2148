"""
The project's cache. What is kept there only saves work, so a cache that is away costs nothing else.

Each of Django's backends, and of other people's, raises errors of its own.
"""

import logging
from typing import Any

from django.core.cache import cache

log = logging.getLogger(__name__)


def find(key: str) -> Any:
    """Find what is kept, or None."""
    try:
        return cache.get(key)
    except Exception:
        log.exception("cache_unavailable", extra={"key": key})
        return None


def keep(key: str, value: object, *, seconds: int) -> None:
    """Keep something for so long, where there is a place to."""
    try:
        cache.set(key, value, seconds)
    except Exception:
        log.exception("cache_unavailable", extra={"key": key})


def is_first(key: str, *, seconds: int) -> bool:
    """Tell whether nobody asked this within so many seconds; everybody is, without a cache."""
    try:
        return bool(cache.add(key, value=True, timeout=seconds))
    except Exception:
        log.exception("cache_unavailable", extra={"key": key})
        return True
