-- Locks, records, and what is due: what the other verbs are made of.

-- Tell whether an operation can have happened then: not before its account was opened, not in the
-- future, give or take what the clocks of two hosts may differ by. (Else a time to come would expire
-- today what lives until then.)
CREATE FUNCTION credits_can_be_v1(p_opened_at timestamptz, p_at timestamptz) RETURNS boolean
    LANGUAGE sql VOLATILE AS $$
    SELECT p_at >= p_opened_at - interval '5 minutes'
        AND p_at <= clock_timestamp() + interval '5 minutes'
$$;

-- Say why an operation cannot have happened then; null if it can, or if there is no such account.
CREATE FUNCTION credits_refuse_time_v1(p_account bigint, p_at timestamptz) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    opened_at timestamptz;
BEGIN
    SELECT created_at INTO opened_at FROM credits_account WHERE id = p_account;
    RETURN CASE
        WHEN NOT FOUND OR credits_can_be_v1(opened_at, p_at) THEN NULL
        WHEN p_at < opened_at THEN format('no earlier than its account, opened at %s', opened_at)
        ELSE format('no later than the clock of the database, which says %s', clock_timestamp())
    END;
END $$;

-- Lock an account and tell whether anything in it is due, which must be swept before anything is
-- recorded. Null: there is no such account.
CREATE FUNCTION credits_lock_v1(p_account bigint, p_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    due_at timestamptz;
BEGIN
    SELECT next_expiry_at INTO due_at FROM credits_account WHERE id = p_account FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(due_at <= p_at, false);
END $$;

-- Move an account and write the transaction: it names the lot that it touched, or has an entry for
-- each where it touched several. `p_parts` is what each lot gave or got, without a sign, 0 where it
-- was not touched. The caller holds the account's lock and has made sure that the balance suffices.
-- Without a key the row gets one of the ledger's own. What else moves in the account moves with it:
-- credits that a hold has captured, and a lot that may expire next.
CREATE FUNCTION credits_record_v1(
    p_account bigint, p_kind text, p_amount bigint, p_lots bigint[], p_parts bigint[], p_key text,
    p_undoes bigint, p_operation text, p_description text, p_metadata jsonb, p_actor text,
    p_at timestamptz, p_captured bigint DEFAULT 0, p_next_expiry_at timestamptz DEFAULT NULL,
    OUT id bigint, OUT lot_id bigint, OUT seq bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    touched integer := 0;
BEGIN
    FOR n IN 1 .. cardinality(p_lots) LOOP
        IF p_parts[n] > 0 THEN
            touched := touched + 1;
            lot_id := CASE touched WHEN 1 THEN p_lots[n] END;
        END IF;
    END LOOP;

    UPDATE credits_account AS account
    SET balance = account.balance + p_amount,
        held = account.held - p_captured
            - CASE WHEN p_kind IN ('HOLD', 'RELEASE') THEN p_amount ELSE 0 END,
        next_expiry_at = least(account.next_expiry_at, p_next_expiry_at),
        last_seq = account.last_seq + 1
    WHERE account.id = p_account
    RETURNING account.last_seq, account.balance INTO seq, balance_after;

    INSERT INTO credits_credittransaction AS txn
        (account_id, lot_id, seq, kind, amount, balance_after, key, undoes_id, operation,
         description, metadata, actor, created_at)
    VALUES
        (p_account, lot_id, seq, p_kind, p_amount, balance_after, coalesce(p_key, 'ledger:' || seq),
         p_undoes, p_operation, p_description, p_metadata, p_actor, p_at)
    RETURNING txn.id INTO id;

    IF touched > 1 THEN
        FOR n IN 1 .. cardinality(p_lots) LOOP
            IF p_parts[n] > 0 THEN
                INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
                VALUES (p_account, id, p_lots[n], sign(p_amount) * p_parts[n]);
            END IF;
        END LOOP;
    END IF;
END $$;

-- Sweep an account: lots whose time has begun can be spent, and those whose time is over lose what
-- they still hold. The caller has its lock.
CREATE FUNCTION credits_expire_due_v1(p_account bigint, p_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    lots bigint[];
    parts bigint[];
    gone bigint;
BEGIN
    SELECT array_agg(id ORDER BY starts_at, id), array_agg(pending ORDER BY starts_at, id)
    INTO lots, parts
    FROM credits_lot
    WHERE account_id = p_account AND pending > 0 AND starts_at <= p_at;
    IF lots IS NOT NULL THEN
        PERFORM credits_put_back_v1(p_account, 'START', lots, parts, NULL, NULL, NULL, '', '', '{}',
                                    'system', p_at);
    END IF;

    SELECT array_agg(id ORDER BY expires_at, id), array_agg(remaining ORDER BY expires_at, id),
           coalesce(sum(remaining), 0)
    INTO lots, parts, gone
    FROM credits_lot
    WHERE account_id = p_account AND is_open AND expires_at <= p_at;

    IF gone > 0 THEN
        UPDATE credits_lot SET expired = expired + remaining WHERE id = ANY (lots);
        PERFORM credits_record_v1(p_account, 'EXPIRY', -gone, lots, parts, NULL, NULL, '', '', '{}',
                                  'system', p_at);
    END IF;

    UPDATE credits_account
    SET next_expiry_at = least(
        (SELECT min(expires_at) FROM credits_lot WHERE account_id = p_account AND is_open),
        (SELECT min(starts_at) FROM credits_lot WHERE account_id = p_account AND pending > 0)
    )
    WHERE id = p_account;
    RETURN gone;
END $$;

-- INSERT INTO credits_expire_v1 (account_id, at) RETURNING expired, refused
CREATE VIEW credits_expire_v1 AS
SELECT NULL::bigint AS account_id, NULL::timestamptz AS at, NULL::bigint AS expired, NULL::text AS refused
WHERE false;

CREATE FUNCTION credits_expire_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
    IF NEW.refused IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM FROM credits_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    NEW.expired := credits_expire_due_v1(NEW.account_id, NEW.at);
    RETURN NEW;
END $$;

CREATE TRIGGER expire INSTEAD OF INSERT ON credits_expire_v1
    FOR EACH ROW EXECUTE FUNCTION credits_expire_v1();
