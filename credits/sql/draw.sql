-- Take credits from an account's open lots: a SPEND, a HOLD, or a negative ADJUSTMENT.
--
-- INSERT INTO credits_draw_v1 (account_id, kind, credits, key, …) RETURNING transaction_id, …
--
-- Lots are taken in spend order (`lots.sql`), never one that has expired; all or nothing. What comes back:
--   transaction_id, seq, balance_after   the operation, new or (replayed) the first with that key
--   lot_id                               the lot that a new one touched; null if several
--   transaction_id null, available       too few credits: what could be taken now; nothing written
--   available null too                   there is no such account
--   refused                              what `at` must be, and is not; nothing written
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
    NULL::bigint AS lot_id,
    NULL::bigint AS seq,
    NULL::bigint AS balance_after,
    NULL::boolean AS replayed,
    NULL::bigint AS available,
    NULL::text AS refused,
    NULL::bigint AS hold_id,
    -- A transaction of this statement alone: wait for the account in a line of its own.
    NULL::boolean AS alone
WHERE false;

-- The straight way: the account's next lot has enough, nothing is due, the key is new. Account, lot
-- and transaction are written once each; whatever else is the case, `credits_draw_otherwise_v1`
-- starts anew.
--
-- One plan serves all arguments: made once, and not of scans that were cheap only while the tables
-- were small.
CREATE FUNCTION credits_draw_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- Whoever waits at a row is woken twice, once for the tuple and once for who wrote it; in this
    -- line once, which is a fifth more spends of one account. A transaction that touches thousands
    -- of accounts must not ask for it: it would fill the server's table of locks.
    -- ('credit' in ASCII keeps the number apart from a host's own advisory locks.)
    IF NEW.alone THEN
        PERFORM pg_advisory_xact_lock(NEW.account_id # x'6372656469740000'::bigint);
    END IF;
    IF NEW.lien THEN
        RETURN credits_draw_otherwise_v1(NEW);
    END IF;

    -- One UPDATE is the lock, the overdraft guard, the expiry guard and the new balance at once.
    UPDATE credits_account AS account
    SET balance = account.balance - NEW.credits,
        held = account.held + CASE NEW.kind WHEN 'HOLD' THEN NEW.credits ELSE 0 END,
        last_seq = account.last_seq + 1
    WHERE account.id = NEW.account_id
      AND account.balance >= NEW.credits
      AND credits_can_be_v1(account.created_at, NEW.at)
      AND (account.next_expiry_at IS NULL OR account.next_expiry_at > NEW.at)
    RETURNING account.last_seq, account.balance INTO NEW.seq, NEW.balance_after;
    IF NOT FOUND THEN
        RETURN credits_draw_otherwise_v1(NEW);
    END IF;

    -- The account's lock covers its lots. Each statement sees what was committed before that lock
    -- was ours; one CTE over everything would not.
    UPDATE credits_lot
    SET spent = spent + CASE NEW.kind WHEN 'SPEND' THEN NEW.credits ELSE 0 END,
        held = held + CASE NEW.kind WHEN 'HOLD' THEN NEW.credits ELSE 0 END,
        adjusted_off = adjusted_off + CASE NEW.kind WHEN 'ADJUSTMENT' THEN NEW.credits ELSE 0 END
    WHERE ctid = (SELECT place FROM credits_open_lots_v1(NEW.account_id, NEW.at) LIMIT 1)
      AND remaining >= NEW.credits
    RETURNING id INTO NEW.lot_id;
    IF NOT FOUND THEN
        RETURN credits_draw_otherwise_v1(credits_undo_draw_v1(NEW));
    END IF;

    INSERT INTO credits_credittransaction AS txn
        (account_id, lot_id, seq, kind, amount, balance_after, key, operation, description,
         metadata, actor, created_at)
    VALUES
        (NEW.account_id, NEW.lot_id, NEW.seq, NEW.kind, -NEW.credits, NEW.balance_after, NEW.key,
         coalesce(NEW.operation, ''), NEW.description, NEW.metadata, NEW.actor, NEW.at)
    ON CONFLICT (account_id, key) DO NOTHING
    RETURNING txn.id INTO NEW.transaction_id;
    IF NOT FOUND THEN
        RETURN credits_draw_otherwise_v1(credits_undo_draw_v1(NEW));
    END IF;

    IF NEW.kind = 'HOLD' THEN
        NEW.hold_id := credits_place_hold_v1(NEW);
    END IF;
    NEW.replayed := false;
    RETURN NEW;
END $$;

CREATE TRIGGER draw INSTEAD OF INSERT ON credits_draw_v1
    FOR EACH ROW EXECUTE FUNCTION credits_draw_v1();

-- A draw from several lots, on an account in which something is due or owed, one that was seen
-- before, or one that is refused: then nothing is written. Lots are walked in their index's order,
-- and the walk stops early: never all lots of an account, closed ones too, to sort them.
CREATE FUNCTION credits_draw_otherwise_v1(asked credits_draw_v1) RETURNS credits_draw_v1
    LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    is_due boolean;
    owed bigint := 0;
    missing bigint := asked.credits;
    lot record;
    lots bigint[];
    parts bigint[];
    drawn record;
BEGIN
    asked.refused := credits_refuse_time_v1(asked.account_id, asked.at);
    IF asked.refused IS NOT NULL THEN
        RETURN asked;
    END IF;
    is_due := credits_lock_v1(asked.account_id, asked.at);
    SELECT txn.id, txn.seq, txn.balance_after
    INTO asked.transaction_id, asked.seq, asked.balance_after
    FROM credits_credittransaction AS txn
    WHERE txn.account_id = asked.account_id AND txn.key = asked.key;
    asked.replayed := FOUND;
    IF asked.replayed OR is_due IS NULL THEN
        RETURN asked;
    END IF;

    IF asked.lien THEN
        owed := credits_owed_v1(asked.account_id);
    END IF;
    SELECT account.balance - owed
        + CASE WHEN is_due THEN credits_due_v1(account.id, asked.at) ELSE 0 END
    INTO asked.available
    FROM credits_account AS account
    WHERE account.id = asked.account_id;
    IF asked.available < asked.credits THEN
        RETURN asked;
    END IF;

    IF is_due THEN
        PERFORM credits_expire_due_v1(asked.account_id, asked.at);
    END IF;
    FOR lot IN
        SELECT id, remaining FROM credits_open_lots_v1(asked.account_id, asked.at)
        LIMIT asked.credits -- a lot gives one credit at least
    LOOP
        lots := lots || lot.id;
        parts := parts || least(missing, lot.remaining);
        missing := missing - least(missing, lot.remaining);
        EXIT WHEN missing = 0;
    END LOOP;
    IF missing <> 0 THEN
        RAISE EXCEPTION 'account_balance_is_in_its_lots: account % lacks % credits in its lots',
            asked.account_id, missing USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    FOR n IN 1 .. cardinality(lots) LOOP
        UPDATE credits_lot
        SET spent = spent + CASE asked.kind WHEN 'SPEND' THEN parts[n] ELSE 0 END,
            held = held + CASE asked.kind WHEN 'HOLD' THEN parts[n] ELSE 0 END,
            adjusted_off = adjusted_off + CASE asked.kind WHEN 'ADJUSTMENT' THEN parts[n] ELSE 0 END
        WHERE id = lots[n];
    END LOOP;

    drawn := credits_record_v1(
        asked.account_id, asked.kind, -asked.credits, lots, parts, asked.key, NULL,
        coalesce(asked.operation, ''), asked.description, asked.metadata, asked.actor, asked.at);
    asked.transaction_id := drawn.id;
    asked.lot_id := CASE cardinality(lots) WHEN 1 THEN lots[1] END;
    asked.seq := drawn.seq;
    asked.balance_after := drawn.balance_after;
    IF asked.kind = 'HOLD' THEN
        asked.hold_id := credits_place_hold_v1(asked);
    END IF;
    RETURN asked;
END $$;

-- Take back what the straight way has written so far: the account, and the lot if there is one.
CREATE FUNCTION credits_undo_draw_v1(asked credits_draw_v1) RETURNS credits_draw_v1
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credits_lot
    SET spent = spent - CASE asked.kind WHEN 'SPEND' THEN asked.credits ELSE 0 END,
        held = held - CASE asked.kind WHEN 'HOLD' THEN asked.credits ELSE 0 END,
        adjusted_off = adjusted_off - CASE asked.kind WHEN 'ADJUSTMENT' THEN asked.credits ELSE 0 END
    WHERE id = asked.lot_id;
    UPDATE credits_account
    SET balance = balance + asked.credits,
        held = held - CASE asked.kind WHEN 'HOLD' THEN asked.credits ELSE 0 END,
        last_seq = last_seq - 1
    WHERE id = asked.account_id;
    asked.lot_id := NULL;
    asked.seq := NULL;
    asked.balance_after := NULL;
    RETURN asked;
END $$;

CREATE FUNCTION credits_place_hold_v1(asked credits_draw_v1) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    placed bigint;
BEGIN
    INSERT INTO credits_hold
        (account_id, transaction_id, key, operation, credits, status, expires_at, created_at)
    VALUES
        (asked.account_id, asked.transaction_id, asked.key, coalesce(asked.operation, ''),
         asked.credits, 'HELD', asked.hold_expires_at, asked.at)
    RETURNING id INTO placed;
    RETURN placed;
END $$;
