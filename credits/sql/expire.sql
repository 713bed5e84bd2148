-- Expiry: lots whose time has come lose what they still hold.

-- Lock an account, and sweep it if anything in it is due, so that no operation is ever recorded
-- over credits that are gone. False if there is no such account.
CREATE FUNCTION credits_lock_v1(p_account bigint, p_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    due_at timestamptz;
BEGIN
    SELECT next_expiry_at INTO due_at FROM credits_account WHERE id = p_account FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF due_at <= p_at THEN
        PERFORM credits_expire_due_v1(p_account, p_at);
    END IF;
    RETURN true;
END $$;

-- Move an account and write the transaction. The caller holds the account's lock and has made sure
-- that the balance suffices. Without a key the row gets one of the ledger's own. What else moves in
-- the account moves with it: credits that a hold has captured, and a lot that may expire next.
CREATE FUNCTION credits_record_v1(
    p_account bigint, p_kind text, p_amount bigint, p_key text, p_undoes bigint,
    p_description text, p_metadata jsonb, p_actor text, p_at timestamptz,
    p_captured bigint DEFAULT 0, p_next_expiry_at timestamptz DEFAULT NULL,
    p_operation text DEFAULT '',
    OUT id bigint, OUT seq bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credits_account AS account
    SET balance = account.balance + p_amount,
        held = account.held - p_captured
            - CASE WHEN p_kind IN ('HOLD', 'RELEASE') THEN p_amount ELSE 0 END,
        next_expiry_at = least(account.next_expiry_at, p_next_expiry_at),
        last_seq = account.last_seq + 1
    WHERE account.id = p_account
    RETURNING account.last_seq, account.balance INTO seq, balance_after;

    INSERT INTO credits_credittransaction AS txn
        (account_id, seq, kind, amount, balance_after, key, undoes_id, operation,
         description, metadata, actor, created_at)
    VALUES
        (p_account, seq, p_kind, p_amount, balance_after, coalesce(p_key, 'ledger:' || seq), p_undoes,
         p_operation, p_description, p_metadata, p_actor, p_at)
    RETURNING txn.id INTO id;
END $$;

CREATE FUNCTION credits_expire_due_v1(p_account bigint, p_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
    txn record;
BEGIN
    SELECT sum(remaining) INTO gone
    FROM credits_lot
    WHERE account_id = p_account AND is_open AND expires_at <= p_at;

    IF gone > 0 THEN
        txn := credits_record_v1(p_account, 'EXPIRY', -gone, NULL, NULL, '', '{}', 'system', p_at);
        INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
        SELECT p_account, txn.id, lot.id, -lot.remaining
        FROM credits_lot AS lot
        WHERE lot.account_id = p_account AND lot.is_open AND lot.expires_at <= p_at
        ORDER BY lot.expires_at, lot.id;
        UPDATE credits_lot SET expired = expired + remaining
        WHERE account_id = p_account AND is_open AND expires_at <= p_at;
    END IF;

    UPDATE credits_account
    SET next_expiry_at = (
        SELECT min(expires_at) FROM credits_lot WHERE account_id = p_account AND is_open
    )
    WHERE id = p_account;
    RETURN coalesce(gone, 0);
END $$;

-- INSERT INTO credits_expire_v1 (account_id, at) RETURNING expired
CREATE VIEW credits_expire_v1 AS
SELECT NULL::bigint AS account_id, NULL::timestamptz AS at, NULL::bigint AS expired
WHERE false;

CREATE FUNCTION credits_expire_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM credits_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    NEW.expired := credits_expire_due_v1(NEW.account_id, NEW.at);
    RETURN NEW;
END $$;

CREATE TRIGGER expire INSTEAD OF INSERT ON credits_expire_v1
    FOR EACH ROW EXECUTE FUNCTION credits_expire_v1();
