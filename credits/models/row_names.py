"""What a row without a name of its own is called, in the reader's language."""

from django.db.models import Model
from django.utils.text import capfirst


def numbered(row: Model, number: object = None) -> str:
    """Name a row by its kind and its number, or a shorter one that it has: `Lot 7`."""
    label = str(row._meta.verbose_name)  # noqa: SLF001 - public by Django's word
    return f"{capfirst(label)} {row.pk if number is None else number}"
