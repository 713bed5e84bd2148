"""How pages write money, credits and operations."""

from django import template

from billing import money as money_formats
from billing.views import transactions

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
    """Say what kind of operation it was, as a customer reads it."""
    return str(transactions.LABELS[transactions.Kind(kind)])
