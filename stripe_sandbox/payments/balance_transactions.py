"""Every movement of the account's money: charges, refunds, disputes and their undoing."""

from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

# What Stripe's reports call a type, where it differs.
CATEGORIES = {"adjustment": "dispute"}
AVAILABLE_AFTER = 7 * 86_400


def move(
    world: World,
    *,
    amount: int,
    currency: str,
    type: str,
    source: str,
    fee: int = 0,
    description: str | None = None,
    reporting_category: str | None = None,
) -> Object:
    """Book a signed amount, and the fee that Stripe takes (or gives back, when negative)."""
    now = world.now()
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Dispute fee" if type == "adjustment" else "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return world.create(
        "balance_transaction",
        amount=amount,
        available_on=now + (AVAILABLE_AFTER if type == "charge" else 0),
        balance_type="payments",
        created=now,
        currency=currency,
        description=description,
        exchange_rate=None,
        fee=fee,
        fee_details=fees if fee else [],
        net=amount - fee,
        reporting_category=reporting_category or CATEGORIES.get(type, type),
        source=source,
        status="pending" if type == "charge" else "available",
        type=type,
    )
