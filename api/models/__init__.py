"""The tables of the API."""

from api.models.keys import ApiKey, Scope

__all__ = ["ApiKey", "Scope"]
