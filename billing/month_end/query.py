"""
The statement that adds a period up, lot by lot.

What is outstanding of a lot is what its holder can still get of it: what remains, what is held and
what begins later. So a hold and a deferral move nothing here, and a capture does, on the day on
which the hold was closed. An operation counts on the day of its date, whatever its number.

A lot's money is what was paid for it without tax; a credit of it, bonus included, is worth its
share. Money of x credits is rounded down, and what moved is the difference of two such values, one
after the other: so the parts of each lot add up to the smallest unit.
"""

from typing import Final

# What of the credits of a lot moves, in this order, between opening and closing.
_STEPS: Final = ("granted", "adjusted", "taken_back", "spent", "expired")


def _worth(credits: str) -> str:
    return f"coalesce(div(paid::numeric * ({credits}), granted_ever), 0)"


def _money() -> str:
    """Write the value of each step: what all up to it are worth, less what those before it are."""
    before, written = "opening", []
    for step in _STEPS:
        after = f"{before} + {step}"
        written.append(f"{_worth(after)} - {_worth(before)} AS worth_{step}")
        before = after
    return ",\n        ".join(written)


SHEET: Final = f"""
WITH movement AS (
    SELECT movement.lot_id, movement.amount, txn.created_at AS at,
        CASE txn.kind
            WHEN 'GRANT' THEN 'granted'
            WHEN 'SPEND' THEN 'spent' WHEN 'GIVE_BACK' THEN 'spent'
            WHEN 'CLAW_BACK' THEN 'taken_back' WHEN 'RESTORE' THEN 'taken_back'
            WHEN 'EXPIRY' THEN 'expired'
            WHEN 'ADJUSTMENT' THEN 'adjusted'
        END AS step
    FROM credits_movement_v1 AS movement
    JOIN credits_credittransaction AS txn ON txn.id = movement.transaction_id
    WHERE txn.kind NOT IN ('HOLD', 'RELEASE', 'DEFER', 'START')
    UNION ALL
    SELECT capture.lot_id, -capture.captured, hold.closed_at, 'spent'
    FROM credits_capture_v1 AS capture
    JOIN credits_hold AS hold ON hold.id = capture.hold_id
), moved AS (
    SELECT lot_id,
        sum(amount) FILTER (WHERE at < %(starts_at)s) AS opening,
        {
    "".join(
        f"sum(amount) FILTER (WHERE step = '{step}' AND at >= %(starts_at)s AND at < %(ends_at)s)"
        f" AS {step},"
        for step in _STEPS
    )
}
        sum(amount) FILTER (WHERE at >= %(ends_at)s) AS later
    FROM movement
    GROUP BY lot_id
), lot AS (
    SELECT coalesce(purchase.currency, '') AS currency, purchase.plan_id, lot.kind,
        lot.granted AS granted_ever,
        purchase.amount_total - purchase.amount_tax AS paid,
        purchase.offered_bonus, purchase.offered_credits, purchase.id IS NOT NULL AS is_sold,
        coalesce(moved.opening, 0) AS opening,
        {"".join(f"coalesce(moved.{step}, 0) AS {step}," for step in _STEPS)}
        lot.granted - lot.spent - lot.expired - lot.adjusted_off - lot.clawed_back
            - coalesce(moved.later, 0) AS closing
    FROM credits_lot AS lot
    LEFT JOIN moved ON moved.lot_id = lot.id
    LEFT JOIN billing_purchase AS purchase ON purchase.lot_id = lot.id
), valued AS (
    SELECT lot.*,
        CASE WHEN is_sold THEN div(granted::numeric * offered_bonus, offered_credits) ELSE 0 END
            AS bonus,
        {_worth("opening")} AS worth_opening,
        {_money()},
        {_worth("closing")} AS worth_closing
    FROM lot
)
SELECT currency, plan_id, kind,
    sum(opening) AS credits_opening,
    coalesce(sum(granted - bonus) FILTER (WHERE is_sold), 0) AS credits_sold,
    sum(bonus) AS credits_bonus,
    coalesce(sum(granted) FILTER (WHERE NOT is_sold), 0) AS credits_given,
    sum(adjusted) AS credits_adjusted,
    sum(taken_back) AS credits_taken_back,
    sum(spent) AS credits_spent,
    sum(expired) AS credits_expired,
    sum(closing) AS credits_closing,
    sum(worth_opening) AS money_opening,
    coalesce(sum(worth_granted) FILTER (WHERE is_sold), 0) AS money_sold,
    0 AS money_bonus,
    0 AS money_given,
    sum(worth_adjusted) AS money_adjusted,
    sum(worth_taken_back) AS money_taken_back,
    sum(worth_spent) AS money_spent,
    sum(worth_expired) AS money_expired,
    sum(worth_closing) AS money_closing
FROM valued
GROUP BY currency, plan_id, kind
"""  # noqa: S608 (names of ours)
