"""The tables of the API."""

from api.models.keys import ApiKey

__all__ = ["ApiKey"]
