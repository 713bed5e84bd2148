"""
Other people's models in the reader's language, where they have no translations of their own.

Only what is shown changes: migrations read names as they were written.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise


def names(
    model: type[Model],
    one: Promise,
    many: Promise,
    fields: Mapping[str, Promise],
) -> None:
    """Call a model and its fields otherwise."""
    opts: Any = model._meta  # noqa: SLF001 - public by Django's word
    opts.verbose_name, opts.verbose_name_plural = one, many
    for field, words in fields.items():
        opts.get_field(field).verbose_name = words


def rows(model: type[Model], name: Callable[[Any], str]) -> None:
    """Call each row of a model otherwise."""
    model.__str__ = name  # type: ignore[method-assign]
