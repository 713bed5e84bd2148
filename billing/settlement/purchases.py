"""A purchase is locked, and all read that its grant and the rules of its session need of it."""

from collections.abc import Sequence
from typing import Any, Final

from billing import prepared
from billing.models import CreditPlan, PlanPrice, Purchase
from credits.models import Account

BESIDE: Final = {
    "account": (Account, ("id", "user")),
    "plan": (CreditPlan, ("id", "name")),
    "plan_price": (PlanPrice, ("id", "stripe_price_id", "amount_minimum", "uuid")),
}
LOCK: Final = f"""
    SELECT EXISTS (SELECT FROM billing_stripeevent WHERE waits_for = %s AND waits_for <> ''),
           {
    ", ".join(
        column for model, names in BESIDE.values() for column in prepared.columns(model, *names)
    )
},
           {", ".join(prepared.columns(Purchase))}
    FROM billing_purchase
    JOIN credits_account ON credits_account.id = billing_purchase.account_id
    JOIN billing_creditplan ON billing_creditplan.id = billing_purchase.plan_id
    JOIN billing_planprice ON billing_planprice.id = billing_purchase.plan_price_id
    WHERE billing_purchase.{{column}} = %s FOR UPDATE OF billing_purchase
"""  # noqa: S608 (names of ours)


def lock(*, payment_intent_id: str | None, **named: object) -> Purchase | None:
    """
    Lock the purchase with this `stripe_session_id` or `uuid`, in one statement.

    With it come whether an event waits for its payment, and what a grant and the rules of a session
    read of its account, plan and price.
    """
    [(name, value)] = named.items()
    found = prepared.rows(LOCK.format(column=name), [payment_intent_id or "", value])
    return _joined(found[0]) if found else None


def _joined(row: Sequence[Any]) -> Purchase:
    has_news, *values = row
    beside = {}
    for name, (model, names) in BESIDE.items():
        beside[name] = prepared.load(model, values[: len(names)], *names)
        values = values[len(names) :]
    purchase = prepared.load(Purchase, values)
    purchase.has_news = has_news
    for name, instance in beside.items():
        setattr(purchase, name, instance)
    return purchase
