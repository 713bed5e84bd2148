-- Credits return to the lots they came from: GIVE_BACK and RELEASE.
--
-- A lot that owes a clawback is taken from, and a lot that has expired loses them, before anyone
-- can spend what came back. The caller holds the account's lock, and the account is swept.

-- Most return to one lot, so lots are walked one by one in plain statements; sets and windows
-- would cost more than the lot itself. A hold that captures a part says in p_used what it
-- captured of each lot, so that each lot, and the account, is written once.
CREATE FUNCTION credits_put_back_v1(
    p_account bigint, p_kind text, p_lots bigint[], p_parts bigint[], p_used bigint[], p_key text,
    p_undoes bigint, p_operation text, p_description text, p_metadata jsonb, p_actor text,
    p_at timestamptz,
    OUT id bigint, OUT seq bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    was record;
    part bigint;
    used bigint;
    -- What the lots owe, and what is left after that in lots whose time is over.
    taken bigint[];
    gone bigint[];
    back bigint := 0;
    owed bigint := 0;
    lost bigint := 0;
    captured bigint := 0;
    -- A lot that is open again may be the next to expire.
    reopened_until timestamptz;
    txn record;
BEGIN
    FOR n IN 1 .. cardinality(p_lots) LOOP
        part := p_parts[n];
        used := coalesce(p_used[n], 0);
        taken[n] := 0;
        gone[n] := 0;
        CONTINUE WHEN part + used = 0;
        SELECT least(part, clawback_target - clawed_back) AS owed, expires_at INTO was
        FROM credits_lot AS lot
        WHERE lot.id = p_lots[n];
        taken[n] := was.owed;
        IF part > was.owed AND was.expires_at IS NOT NULL THEN
            IF was.expires_at <= p_at THEN
                gone[n] := part - was.owed;
            ELSE
                reopened_until := least(reopened_until, was.expires_at);
            END IF;
        END IF;
        UPDATE credits_lot AS lot
        SET spent = lot.spent + CASE p_kind WHEN 'GIVE_BACK' THEN -part ELSE used END,
            held = lot.held - CASE p_kind WHEN 'RELEASE' THEN part + used ELSE 0 END,
            clawed_back = lot.clawed_back + taken[n],
            expired = lot.expired + gone[n]
        WHERE lot.id = p_lots[n];
        back := back + part;
        owed := owed + taken[n];
        lost := lost + gone[n];
        captured := captured + used;
    END LOOP;

    txn := credits_record_v1(p_account, p_kind, back, p_key, p_undoes, p_description, p_metadata,
                          p_actor, p_at, captured, reopened_until, p_operation);
    id := txn.id;
    seq := txn.seq;
    balance_after := txn.balance_after;
    PERFORM credits_enter_v1(p_account, txn.id, p_lots, p_parts);
    IF owed > 0 THEN
        txn := credits_record_v1(p_account, 'CLAW_BACK', -owed, NULL, NULL, '', '{}', 'system', p_at);
        PERFORM credits_enter_v1(p_account, txn.id, p_lots, taken, -1);
    END IF;
    IF lost > 0 THEN
        txn := credits_record_v1(p_account, 'EXPIRY', -lost, NULL, NULL, '', '{}', 'system', p_at);
        PERFORM credits_enter_v1(p_account, txn.id, p_lots, gone, -1);
    END IF;
END $$;

-- Write the entries of a transaction.
CREATE FUNCTION credits_enter_v1(
    p_account bigint, p_transaction bigint, p_lots bigint[], p_parts bigint[], p_sign bigint DEFAULT 1
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. cardinality(p_lots) LOOP
        IF p_parts[n] > 0 THEN
            INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
            VALUES (p_account, p_transaction, p_lots[n], p_sign * p_parts[n]);
        END IF;
    END LOOP;
END $$;
