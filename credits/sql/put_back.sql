-- Credits return to the lots they came from: GIVE_BACK and RELEASE.
--
-- A lot that owes a clawback is taken from, and a lot that has expired loses them, before anyone
-- can spend what came back. The caller holds the account's lock, and the account is swept.

-- A hold that captures a part says in p_used what it captured of each lot, so that each lot, and the
-- account, is written once.

CREATE OR REPLACE FUNCTION credits_put_back(
    p_account bigint, p_kind text, p_lots bigint[], p_parts bigint[], p_used bigint[], p_key text,
    p_undoes bigint, p_description text, p_metadata jsonb, p_actor text, p_at timestamptz,
    OUT id bigint, OUT seq bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    -- What the lots owe, and what is left after that in lots whose time is over.
    taken bigint[];
    gone bigint[];
    back bigint;
    owed bigint;
    lost bigint;
    captured bigint;
    -- A lot that is open again may be the next to expire.
    reopened_until timestamptz;
    txn record;
BEGIN
    SELECT array_agg(lot_taken ORDER BY n),
           array_agg(CASE WHEN expires_at <= p_at THEN part - lot_taken ELSE 0 END ORDER BY n),
           sum(part), sum(lot_taken),
           sum(CASE WHEN expires_at <= p_at THEN part - lot_taken ELSE 0 END),
           coalesce(sum(used), 0),
           min(expires_at) FILTER (WHERE expires_at > p_at AND part > lot_taken)
    INTO taken, gone, back, owed, lost, captured, reopened_until
    FROM (
        SELECT n, part, used, lot.expires_at,
               least(part, lot.clawback_target - lot.clawed_back) AS lot_taken
        FROM unnest(p_lots, p_parts, p_used) WITH ORDINALITY AS returned (lot_id, part, used, n)
        JOIN credits_lot AS lot ON lot.id = returned.lot_id
    ) AS reckoned;

    txn := credits_record(p_account, p_kind, back, p_key, p_undoes, p_description, p_metadata,
                          p_actor, p_at, captured, reopened_until);
    id := txn.id;
    seq := txn.seq;
    balance_after := txn.balance_after;
    INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
    SELECT p_account, credits_put_back.id, part.lot_id, part.credits
    FROM unnest(p_lots, p_parts) AS part (lot_id, credits)
    WHERE part.credits > 0;
    IF owed > 0 THEN
        PERFORM credits_take_at_once(p_account, 'CLAW_BACK', owed, p_lots, taken, p_at);
    END IF;
    IF lost > 0 THEN
        PERFORM credits_take_at_once(p_account, 'EXPIRY', lost, p_lots, gone, p_at);
    END IF;

    UPDATE credits_lot AS lot
    SET spent = lot.spent + CASE p_kind WHEN 'GIVE_BACK' THEN -part ELSE used END,
        held = lot.held - CASE p_kind WHEN 'RELEASE' THEN part + used ELSE 0 END,
        clawed_back = lot.clawed_back + lot_taken,
        expired = lot.expired + lot_gone
    FROM unnest(p_lots, p_parts, p_used, taken, gone)
        AS returned (lot_id, part, used, lot_taken, lot_gone)
    WHERE lot.id = returned.lot_id;
END $$;

-- Write the operation that takes what came back away again.
CREATE OR REPLACE FUNCTION credits_take_at_once(
    p_account bigint, p_kind text, p_credits bigint, p_lots bigint[], p_parts bigint[], p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    txn record;
BEGIN
    txn := credits_record(p_account, p_kind, -p_credits, NULL, NULL, '', '{}', 'system', p_at);
    INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
    SELECT p_account, txn.id, part.lot_id, -part.credits
    FROM unnest(p_lots, p_parts) AS part (lot_id, credits)
    WHERE part.credits > 0;
END $$;
