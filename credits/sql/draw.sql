-- Take credits from an account's open lots: a SPEND, a HOLD, or a negative ADJUSTMENT.
--
-- INSERT INTO credits_draw_v1 (account_id, kind, credits, key, …) RETURNING transaction_id, …
--
-- Lots are taken soonest expiry first, then oldest first; never one that has expired; all or
-- nothing. What comes back:
--   transaction_id, seq, balance_after   the operation, new or (replayed) the first with that key
--   transaction_id null, available       too few credits: what could be taken now; nothing written
--   available null too                   there is no such account
--   hold_id                              of a new hold

CREATE VIEW credits_draw_v1 AS
SELECT
    NULL::bigint AS account_id,
    NULL::text AS kind,
    NULL::bigint AS credits,
    NULL::text AS key,
    -- What is charged for; null is ''.
    NULL::text AS operation,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    -- Leave at least the credits that are owed: CREDITS_SHORTFALL_POLICY=lien.
    NULL::boolean AS lien,
    NULL::timestamptz AS hold_expires_at,
    NULL::bigint AS transaction_id,
    NULL::bigint AS seq,
    NULL::bigint AS balance_after,
    NULL::boolean AS replayed,
    NULL::bigint AS available,
    NULL::bigint AS hold_id,
    -- Asked for: wait for the account in a line of its own. For a transaction of one statement.
    NULL::boolean AS in_line
WHERE false;

-- Lots are walked in their index's order, and the walk stops early: never all lots of an account,
-- closed ones too, to sort them. One plan does, made once; for an account with many lots it looked
-- worth making anew each time.
CREATE FUNCTION credits_draw_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_sort = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    owed bigint := 0;
    missing bigint := NEW.credits;
    lot record;
    part bigint;
BEGIN
    -- Whoever waits at a row is woken twice, once for the tuple and once for who wrote it; in this
    -- line once, which is a fifth more spends of one account. A transaction that touches thousands
    -- of accounts must not ask for it: it would fill the server's table of locks.
    -- ('credit' in ASCII keeps the number apart from a host's own advisory locks.)
    IF NEW.in_line THEN
        PERFORM pg_advisory_xact_lock(NEW.account_id # x'6372656469740000'::bigint);
    END IF;
    IF NEW.lien THEN
        owed := credits_owed_v1(NEW.account_id);
    END IF;

    LOOP
        -- One UPDATE is the lock, the overdraft guard, the expiry guard and the new balance at once.
        UPDATE credits_account AS account
        SET balance = account.balance - NEW.credits,
            held = account.held + CASE NEW.kind WHEN 'HOLD' THEN NEW.credits ELSE 0 END,
            last_seq = account.last_seq + 1
        WHERE account.id = NEW.account_id
          AND account.balance - owed >= NEW.credits
          AND (account.next_expiry_at IS NULL OR account.next_expiry_at > NEW.at)
        RETURNING account.last_seq, account.balance INTO NEW.seq, NEW.balance_after;
        EXIT WHEN FOUND;

        -- Seen before, or something to sweep first, or too little, or no such account.
        NEW := credits_find_replay_v1(NEW);
        IF NEW.replayed THEN
            RETURN NEW;
        END IF;
        NEW.available := credits_available_v1(NEW.account_id, NEW.at) - owed;
        IF NEW.available >= NEW.credits THEN
            CONTINUE;
        END IF;
        RETURN NEW;
    END LOOP;

    INSERT INTO credits_credittransaction AS txn
        (account_id, seq, kind, amount, balance_after, key, operation, description, metadata,
         actor, created_at)
    VALUES
        (NEW.account_id, NEW.seq, NEW.kind, -NEW.credits, NEW.balance_after, NEW.key,
         coalesce(NEW.operation, ''), NEW.description, NEW.metadata, NEW.actor, NEW.at)
    ON CONFLICT (account_id, key) DO NOTHING
    RETURNING txn.id INTO NEW.transaction_id;
    IF NOT FOUND THEN
        -- Seen before. The lock is ours: give the amount back and return the first result.
        UPDATE credits_account AS account
        SET balance = account.balance + NEW.credits,
            held = account.held - CASE NEW.kind WHEN 'HOLD' THEN NEW.credits ELSE 0 END,
            last_seq = account.last_seq - 1
        WHERE account.id = NEW.account_id;
        RETURN credits_find_replay_v1(NEW);
    END IF;

    -- The account's lock covers its lots. Each statement sees what was committed before that lock
    -- was ours; one CTE over everything would not.
    FOR lot IN
        SELECT id, remaining
        FROM credits_lot
        WHERE account_id = NEW.account_id AND is_open
          AND (expires_at IS NULL OR expires_at > NEW.at)
        ORDER BY expires_at, id -- SPEND_ORDER
        LIMIT NEW.credits -- a lot gives one credit at least
    LOOP
        part := least(missing, lot.remaining);
        UPDATE credits_lot
        SET spent = spent + CASE NEW.kind WHEN 'SPEND' THEN part ELSE 0 END,
            held = held + CASE NEW.kind WHEN 'HOLD' THEN part ELSE 0 END,
            adjusted_off = adjusted_off + CASE NEW.kind WHEN 'ADJUSTMENT' THEN part ELSE 0 END
        WHERE id = lot.id;
        INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
        VALUES (NEW.account_id, NEW.transaction_id, lot.id, -part);
        missing := missing - part;
        EXIT WHEN missing = 0;
    END LOOP;
    IF missing <> 0 THEN
        RAISE EXCEPTION 'account_balance_is_in_its_lots: account % lacks % credits in its lots',
            NEW.account_id, missing USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    IF NEW.kind = 'HOLD' THEN
        INSERT INTO credits_hold
            (account_id, transaction_id, key, operation, credits, status, expires_at, created_at)
        VALUES
            (NEW.account_id, NEW.transaction_id, NEW.key, coalesce(NEW.operation, ''), NEW.credits,
             'HELD', NEW.hold_expires_at, NEW.at)
        RETURNING id INTO NEW.hold_id;
    END IF;
    NEW.replayed := false;
    RETURN NEW;
END $$;

CREATE TRIGGER draw INSTEAD OF INSERT ON credits_draw_v1
    FOR EACH ROW EXECUTE FUNCTION credits_draw_v1();

-- The first result of the operation with this key, if there is one.
CREATE FUNCTION credits_find_replay_v1(asked credits_draw_v1) RETURNS credits_draw_v1
    LANGUAGE plpgsql AS $$
BEGIN
    SELECT txn.id, txn.seq, txn.balance_after
    INTO asked.transaction_id, asked.seq, asked.balance_after
    FROM credits_credittransaction AS txn
    WHERE txn.account_id = asked.account_id AND txn.key = asked.key;
    asked.replayed := FOUND;
    RETURN asked;
END $$;

-- What can be taken from an account, now that it is locked and swept. Null if there is none.
CREATE FUNCTION credits_available_v1(p_account bigint, p_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM credits_lock_v1(p_account, p_at);
    RETURN (SELECT balance FROM credits_account WHERE id = p_account);
END $$;
