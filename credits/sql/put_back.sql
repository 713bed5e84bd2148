-- Credits return to the lots they came from: GIVE_BACK and RELEASE; or begin in theirs: START.
--
-- A lot that owes a clawback is taken from, and a lot that has expired loses them, before anyone
-- can spend what came back. The caller holds the account's lock, and the account is swept.

-- Most return to one lot that owes nothing and lives: then lot, account and transaction are written
-- once each. Whatever else is the case, `credits_put_back_v1` does it. A hold that captures a part
-- says in p_used what it captured.
CREATE FUNCTION credits_put_back_to_one_v1(
    p_account bigint, p_kind text, p_lot bigint, p_part bigint, p_used bigint, p_key text,
    p_undoes bigint, p_operation text, p_description text, p_metadata jsonb, p_actor text,
    p_at timestamptz,
    OUT id bigint, OUT lot_id bigint, OUT seq bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    lives_until timestamptz;
BEGIN
    UPDATE credits_lot AS lot
    SET spent = lot.spent + CASE p_kind WHEN 'GIVE_BACK' THEN -p_part ELSE p_used END,
        held = lot.held - CASE p_kind WHEN 'RELEASE' THEN p_part + p_used ELSE 0 END
    WHERE lot.id = p_lot AND lot.clawed_back = lot.clawback_target
      AND (lot.expires_at IS NULL OR lot.expires_at > p_at)
    RETURNING lot.expires_at INTO lives_until;
    IF NOT FOUND THEN
        SELECT back.id, back.lot_id, back.seq, back.balance_after INTO id, lot_id, seq, balance_after
        FROM credits_put_back_v1(
            p_account, p_kind, ARRAY[p_lot], ARRAY[p_part], ARRAY[p_used], p_key, p_undoes,
            p_operation, p_description, p_metadata, p_actor, p_at) AS back;
        RETURN;
    END IF;

    UPDATE credits_account AS account
    SET balance = account.balance + p_part,
        held = account.held - CASE p_kind WHEN 'RELEASE' THEN p_part + p_used ELSE 0 END,
        next_expiry_at = least(account.next_expiry_at, lives_until),
        last_seq = account.last_seq + 1
    WHERE account.id = p_account
    RETURNING account.last_seq, account.balance INTO seq, balance_after;

    INSERT INTO credits_credittransaction AS txn
        (account_id, lot_id, seq, kind, amount, balance_after, key, undoes_id, operation,
         description, metadata, actor, created_at)
    VALUES
        (p_account, p_lot, seq, p_kind, p_part, balance_after, coalesce(p_key, 'ledger:' || seq),
         p_undoes, p_operation, p_description, p_metadata, p_actor, p_at)
    RETURNING txn.id, txn.lot_id INTO id, lot_id;
END $$;

-- Lots are walked one by one in plain statements; sets and windows would cost more than the lot
-- itself. A hold that captures a part says in p_used what it captured of each lot, so that each
-- lot, and the account, is written once.
CREATE FUNCTION credits_put_back_v1(
    p_account bigint, p_kind text, p_lots bigint[], p_parts bigint[], p_used bigint[], p_key text,
    p_undoes bigint, p_operation text, p_description text, p_metadata jsonb, p_actor text,
    p_at timestamptz,
    OUT id bigint, OUT lot_id bigint, OUT seq bigint, OUT balance_after bigint
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
            pending = lot.pending - CASE p_kind WHEN 'START' THEN part ELSE 0 END,
            clawed_back = lot.clawed_back + taken[n],
            expired = lot.expired + gone[n]
        WHERE lot.id = p_lots[n];
        back := back + part;
        owed := owed + taken[n];
        lost := lost + gone[n];
        captured := captured + used;
    END LOOP;

    txn := credits_record_v1(p_account, p_kind, back, p_lots, p_parts, p_key, p_undoes, p_operation,
                             p_description, p_metadata, p_actor, p_at, captured, reopened_until);
    id := txn.id;
    lot_id := txn.lot_id;
    seq := txn.seq;
    balance_after := txn.balance_after;
    IF owed > 0 THEN
        PERFORM credits_record_v1(p_account, 'CLAW_BACK', -owed, p_lots, taken, NULL, NULL, '', '',
                                  '{}', 'system', p_at);
    END IF;
    IF lost > 0 THEN
        PERFORM credits_record_v1(p_account, 'EXPIRY', -lost, p_lots, gone, NULL, NULL, '', '',
                                  '{}', 'system', p_at);
    END IF;
END $$;
