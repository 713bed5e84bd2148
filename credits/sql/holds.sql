-- Close a hold: capture what was used, let the rest go.
--
-- INSERT INTO credits_close_hold_v1 (account_id, hold_id, status, captured, …) RETURNING closed, …
--
--   closed    false: it was closed before, or is not due yet; nothing was written
--   refused   what `at` must be, and is not; nothing was written
--
-- The lots that were taken first are captured first; what goes back was taken last.

CREATE VIEW credits_close_hold_v1 AS
SELECT
    NULL::bigint AS account_id,
    NULL::bigint AS hold_id,
    NULL::text AS status,
    NULL::bigint AS captured,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    NULL::boolean AS closed,
    NULL::text AS refused
WHERE false;

-- Every look-up below has an index, and one plan serves all arguments: made once, not each time
-- (half the cost), and not of scans that were cheap only while the tables were small.
CREATE FUNCTION credits_close_hold_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    is_due boolean;
    hold record;
    entry record;
    -- The lots in the order in which they were taken; what each gave is used or let go.
    lots bigint[];
    used bigint[];
    rest bigint[];
    missing bigint := NEW.captured;
    part bigint;
BEGIN
    NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
    IF NEW.refused IS NOT NULL THEN
        RETURN NEW;
    END IF;
    is_due := credits_lock_v1(NEW.account_id, NEW.at);
    -- Found by its id, and never by walking the account's holds or all that are open.
    UPDATE credits_hold AS closing
    SET status = NEW.status, captured = NEW.captured, closed_at = NEW.at
    WHERE closing.id = NEW.hold_id AND closing.account_id + 0 = NEW.account_id
      AND closing.closed_at IS NULL
      -- (One that was found due may have been extended meanwhile.)
      AND (NEW.status <> 'EXPIRED' OR closing.expires_at <= NEW.at)
    RETURNING closing.transaction_id, closing.operation, closing.credits, (
        SELECT lot_id FROM credits_credittransaction WHERE id = closing.transaction_id
    ) INTO hold;
    NEW.closed := FOUND;
    IF NOT NEW.closed THEN
        RETURN NEW;
    END IF;
    IF is_due THEN
        PERFORM credits_expire_due_v1(NEW.account_id, NEW.at);
    END IF;

    IF hold.lot_id IS NOT NULL AND NEW.captured < hold.credits THEN
        PERFORM credits_put_back_to_one_v1(
            NEW.account_id, 'RELEASE', hold.lot_id, hold.credits - NEW.captured, NEW.captured, NULL,
            hold.transaction_id, hold.operation, NEW.description, NEW.metadata, NEW.actor, NEW.at);
        RETURN NEW;
    ELSIF hold.lot_id IS NOT NULL THEN
        UPDATE credits_lot SET held = held - NEW.captured, spent = spent + NEW.captured
        WHERE id = hold.lot_id;
        UPDATE credits_account SET held = held - NEW.captured WHERE id = NEW.account_id;
        RETURN NEW;
    END IF;

    -- (`id + 0`: sorted, not read in the order of the index of all ids.)
    FOR entry IN
        SELECT lot_id, -amount AS taken
        FROM credits_entry
        WHERE transaction_id = hold.transaction_id
        ORDER BY id + 0
    LOOP
        part := least(entry.taken, missing);
        missing := missing - part;
        lots := lots || entry.lot_id;
        used := used || part;
        rest := rest || entry.taken - part;
        IF part > 0 THEN
            INSERT INTO credits_holdentry (account_id, hold_id, lot_id, captured)
            VALUES (NEW.account_id, NEW.hold_id, entry.lot_id, part);
        END IF;
    END LOOP;
    IF NEW.captured < hold.credits THEN
        PERFORM credits_put_back_v1(
            NEW.account_id, 'RELEASE', lots, rest, used, NULL, hold.transaction_id, hold.operation,
            NEW.description, NEW.metadata, NEW.actor, NEW.at);
    ELSE
        FOR n IN 1 .. cardinality(lots) LOOP
            UPDATE credits_lot SET held = held - used[n], spent = spent + used[n] WHERE id = lots[n];
        END LOOP;
        UPDATE credits_account SET held = held - NEW.captured WHERE id = NEW.account_id;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER close_hold INSTEAD OF INSERT ON credits_close_hold_v1
    FOR EACH ROW EXECUTE FUNCTION credits_close_hold_v1();
