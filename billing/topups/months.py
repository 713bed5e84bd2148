"""
How much automatic top-ups charge in a calendar month (UTC): never more than its limit.

`topupmonth_within_its_limit` sees to it, whoever comes at once.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from billing.models import Purchase, TopUpMonth, TopUpRule

# Not lowered below what is in it: a lower limit counts from then on.
RESERVE: Final = """
    INSERT INTO billing_topupmonth (account_id, livemode, currency, month, charged, monthly_limit)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT topupmonth_once DO UPDATE SET
        charged = billing_topupmonth.charged + EXCLUDED.charged,
        monthly_limit = greatest(EXCLUDED.monthly_limit, billing_topupmonth.charged)
"""


class LimitReached(Exception):
    """One more top-up would be above the month's limit."""


def month_of(at: datetime) -> date:
    return at.astimezone(UTC).date().replace(day=1)


def reserve(purchase: Purchase, *, month: date, monthly_limit: int) -> None:
    """
    Put a purchase's price into a month.

    :raises LimitReached: if that is above the limit; nothing has changed then
    """
    values: list[Any] = [
        purchase.account_id,
        purchase.livemode,
        purchase.currency,
        month,
        purchase.unit_amount,
        monthly_limit,
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(RESERVE, values)
    except IntegrityError as error:
        if "topupmonth_within_its_limit" not in str(error):
            raise
        raise LimitReached from error


def release(purchase: Purchase, *, month: date) -> None:
    """Take a purchase's price out again: it was not charged, and will not be."""
    _of(purchase, month).update(charged=F("charged") - purchase.unit_amount)


def put_back(purchase: Purchase, *, month: date) -> None:
    """Count what was charged after it had been given up: the truth, whatever the limit was."""
    row, _new = TopUpMonth.objects.get_or_create(
        account_id=purchase.account_id,
        livemode=purchase.livemode,
        currency=purchase.currency,
        month=month,
        defaults={"charged": 0, "monthly_limit": 0},
    )
    row = TopUpMonth.objects.select_for_update().get(pk=row.pk)
    row.charged += purchase.unit_amount
    row.monthly_limit = max(row.monthly_limit, row.charged)
    row.save(update_fields=["charged", "monthly_limit"])


def charged(rule: TopUpRule, *, at: datetime) -> int:
    """Tell what a rule's month has in it, smallest unit of its currency."""
    row = TopUpMonth.objects.filter(
        account_id=rule.account_id,
        livemode=rule.livemode,
        currency=rule.plan_price.currency,
        month=month_of(at),
    ).first()
    return row.charged if row else 0


def _of(purchase: Purchase, month: date) -> QuerySet[TopUpMonth]:
    return TopUpMonth.objects.filter(
        account_id=purchase.account_id,
        livemode=purchase.livemode,
        currency=purchase.currency,
        month=month,
    )
