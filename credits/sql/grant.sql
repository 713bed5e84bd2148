-- Open a lot: a GRANT, or a positive ADJUSTMENT.
--
-- INSERT INTO credits_grant_v1 (account_id, kind, lot_kind, credits, source, …) RETURNING lot_id, …
--
--   lot_id, transaction_id   the new lot and its operation
--   replayed                 lot_id is the lot that this source opened before (perhaps for another
--                            account: the caller compares)
--   key_taken                an adjustment's key belongs to another operation; nothing was written
--   refused                  what `at` must be, and is not; nothing was written
--   lot_id null              otherwise: there is no such account

CREATE VIEW credits_grant_v1 AS
SELECT
    NULL::bigint AS account_id,
    NULL::text AS kind,
    NULL::text AS lot_kind,
    NULL::bigint AS credits,
    NULL::text AS source,
    -- Null: 50.
    NULL::smallint AS priority,
    -- The credits can be spent from then on; null, or a time that is over: at once.
    NULL::timestamptz AS starts_at,
    NULL::timestamptz AS expires_at,
    -- Null: the source is key enough.
    NULL::text AS key,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    NULL::bigint AS lot_id,
    NULL::bigint AS transaction_id,
    NULL::bigint AS seq,
    NULL::bigint AS balance_after,
    NULL::boolean AS replayed,
    NULL::boolean AS key_taken,
    NULL::text AS refused
WHERE false;

CREATE FUNCTION credits_grant_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    next_expiry_at timestamptz;
BEGIN
    IF NEW.lot_kind NOT IN ('PURCHASE', 'SIGNUP', 'ALLOWANCE', 'PROMOTION', 'ADJUSTMENT') THEN
        RAISE EXCEPTION 'lot_kind_known: %', NEW.lot_kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_kind_known';
    END IF;
    NEW.priority := coalesce(NEW.priority, 50);
    IF NEW.priority NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'lot_priority_within_bounds: %', NEW.priority
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_priority_within_bounds';
    END IF;
    IF NEW.starts_at >= NEW.expires_at THEN
        RAISE EXCEPTION 'lot_starts_before_it_expires: %, %', NEW.starts_at, NEW.expires_at
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_starts_before_it_expires';
    END IF;

    IF NEW.key IS NOT NULL THEN
        PERFORM FROM credits_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
        NEW.key_taken := EXISTS (
            SELECT FROM credits_credittransaction AS earlier
            WHERE earlier.account_id = NEW.account_id AND earlier.key = NEW.key
        );
        IF NEW.key_taken THEN
            RETURN NEW;
        END IF;
    END IF;

    LOOP
        UPDATE credits_account AS account
        SET balance = account.balance + NEW.credits,
            last_seq = account.last_seq + 1
        WHERE account.id = NEW.account_id
          AND (account.next_expiry_at IS NULL OR account.next_expiry_at > NEW.at)
          AND credits_can_be_v1(account.created_at, NEW.at)
        RETURNING account.last_seq, account.balance, account.next_expiry_at
        INTO NEW.seq, NEW.balance_after, next_expiry_at;
        EXIT WHEN FOUND;

        NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
        IF NEW.refused IS NOT NULL OR credits_lock_v1(NEW.account_id, NEW.at) IS NULL THEN
            RETURN NEW;
        END IF;
        -- Something is due. It stays so if this was granted before.
        SELECT lot.id INTO NEW.lot_id FROM credits_lot AS lot WHERE lot.source = NEW.source;
        NEW.replayed := FOUND;
        IF NEW.replayed THEN
            RETURN NEW;
        END IF;
        PERFORM credits_expire_due_v1(NEW.account_id, NEW.at);
    END LOOP;

    INSERT INTO credits_lot
        (account_id, source, kind, granted, priority, starts_at, expires_at, created_at)
    VALUES
        (NEW.account_id, NEW.source, NEW.lot_kind, NEW.credits, NEW.priority, NEW.starts_at,
         NEW.expires_at, NEW.at)
    ON CONFLICT (source) DO NOTHING
    RETURNING id INTO NEW.lot_id;
    IF NOT FOUND THEN
        -- Seen before: give back under our lock.
        UPDATE credits_account AS account
        SET balance = account.balance - NEW.credits,
            last_seq = account.last_seq - 1
        WHERE account.id = NEW.account_id;
        SELECT lot.id INTO NEW.lot_id FROM credits_lot AS lot WHERE lot.source = NEW.source;
        NEW.replayed := FOUND;
        RETURN NEW;
    END IF;
    IF NEW.expires_at < coalesce(next_expiry_at, 'infinity') THEN
        UPDATE credits_account AS account
        SET next_expiry_at = NEW.expires_at
        WHERE account.id = NEW.account_id;
    END IF;

    INSERT INTO credits_credittransaction AS txn
        (account_id, lot_id, seq, kind, amount, balance_after, key, description, metadata, actor,
         created_at)
    VALUES
        (NEW.account_id, NEW.lot_id, NEW.seq, NEW.kind, NEW.credits, NEW.balance_after,
         coalesce(NEW.key, 'ledger:' || NEW.seq), NEW.description, NEW.metadata, NEW.actor, NEW.at)
    RETURNING txn.id INTO NEW.transaction_id;
    IF NEW.starts_at > NEW.at THEN
        UPDATE credits_lot SET pending = granted WHERE id = NEW.lot_id;
        PERFORM credits_record_v1(
            NEW.account_id, 'DEFER', -NEW.credits, ARRAY[NEW.lot_id], ARRAY[NEW.credits], NULL, NULL,
            '', '', '{}', 'system', NEW.at, 0, NEW.starts_at);
    END IF;
    NEW.replayed := false;
    RETURN NEW;
END $$;

CREATE TRIGGER "grant" INSTEAD OF INSERT ON credits_grant_v1
    FOR EACH ROW EXECUTE FUNCTION credits_grant_v1();
