"""What a template says of credits: `{% load credits %}`."""

from decimal import Decimal
from typing import Any

from django import template

from credits import ledger, operations
from credits.models import Account

register = template.Library()


@register.simple_tag(takes_context=True)
def credits_balance(context: Any) -> int:
    """Count what the person who is signed in can spend; 0 for anybody else. Opens no account."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return 0
    account = Account.objects.filter(user_id=user.pk).first()
    return ledger.balance(account) if account else 0


@register.simple_tag
def credits_cost(operation: str, units: int | Decimal = 1) -> int:
    """
    Tell what an operation costs now.

    :raises UnknownOperation: if the price list has no such operation, or it is not active
    """
    return operations.cost(operation, units=units)
