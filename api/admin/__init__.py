"""How staff see the API's tables."""

from api.admin.keys import ApiKeyAdmin

__all__ = ["ApiKeyAdmin"]
