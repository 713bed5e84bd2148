"""Columns whose rule stands in a domain of the database."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    _BigIntegerField = models.BigIntegerField[int | Combinable, int]
else:
    _BigIntegerField = models.BigIntegerField


class NotNegativeField(_BigIntegerField):
    """
    A number of credits that is never below zero; the domain's constraint says so by its name.

    The domains, and why they are none of the table's CHECKs: `credits/sql/domains.sql`.
    """

    def __init__(self, *arguments: Any, domain: str, **options: Any) -> None:
        self.domain = domain
        super().__init__(*arguments, **options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, options | {"domain": self.domain}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.domain

    def get_internal_type(self) -> str:
        return "BigIntegerField"
