"""How pages write money, credits and operations."""

from django import template

from billing import money as money_formats
from billing.views import transactions, vocabulary
from credits.models import CreditTransaction

register = template.Library()


@register.filter
def money(unit_amount: int, currency: str) -> str:
    """Write `{{ purchase.unit_amount|money:purchase.currency }}`."""
    return money_formats.format_money(unit_amount, currency)


@register.filter
def number(value: int) -> str:
    return money_formats.format_number(value)


@register.filter
def change(credits: int) -> str:
    return money_formats.format_change(credits)


@register.filter
def operation(kind: str) -> str:
    """Say what a kind of operation is, as a customer reads it."""
    return vocabulary.label(kind)


@register.filter
def operation_label(operation: CreditTransaction) -> str:
    """Say what this operation was: as `operation` does, and what only it can tell besides."""
    return transactions.label(operation)
