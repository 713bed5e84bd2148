-- How lots are read: in the order in which they are spent, and by what moved them.

-- An account's lots that can be spent at an instant, in the order in which they are spent. Inlined
-- where it is used, so that a LIMIT stops it early; `place` is where the row stands, for whoever has
-- the account's lock and writes the lot in the same statement.
CREATE FUNCTION credits_open_lots_v1(p_account bigint, p_at timestamptz)
    RETURNS TABLE (id bigint, remaining bigint, place tid) LANGUAGE sql STABLE AS $$
    SELECT id, remaining, ctid
    FROM credits_lot
    WHERE account_id = p_account AND is_open AND (expires_at IS NULL OR expires_at > p_at)
    ORDER BY priority, expires_at, id -- SPEND_ORDER
$$;

-- What a sweep at an instant would do to an account's balance: what pending lots have of which the
-- time has begun, less what they owe, and less what open lots have of which it is over.
CREATE FUNCTION credits_due_v1(p_account bigint, p_at timestamptz) RETURNS bigint
    LANGUAGE sql STABLE AS $$
    SELECT (
        SELECT coalesce(sum(pending - least(pending, clawback_target - clawed_back)), 0)::bigint
        FROM credits_lot
        WHERE account_id = p_account AND pending > 0 AND starts_at <= p_at
          AND (expires_at IS NULL OR expires_at > p_at)
    ) - (
        SELECT coalesce(sum(remaining), 0)::bigint
        FROM credits_lot
        WHERE account_id = p_account AND is_open AND expires_at <= p_at
    )
$$;

-- What each transaction did to each lot. One that touched a single lot names it; only one that
-- touched several has entries. A movement's number is its transaction's, or below zero its entry's.
CREATE VIEW credits_movement_v1 AS
SELECT id, account_id, id AS transaction_id, lot_id, amount
FROM credits_credittransaction
WHERE lot_id IS NOT NULL
UNION ALL
SELECT -id, account_id, transaction_id, lot_id, amount
FROM credits_entry;

-- What the capture of each hold took from each lot: the one that the HOLD names, or several, of
-- which each has an entry.
CREATE VIEW credits_capture_v1 AS
SELECT hold.account_id, hold.id AS hold_id, txn.lot_id, hold.captured
FROM credits_hold AS hold
JOIN credits_credittransaction AS txn ON txn.id = hold.transaction_id
WHERE hold.captured > 0 AND txn.lot_id IS NOT NULL
UNION ALL
SELECT account_id, hold_id, lot_id, captured
FROM credits_holdentry;
