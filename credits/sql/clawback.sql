-- Money was taken back, or came again: move a lot towards what is still paid for.
--
-- INSERT INTO credits_set_clawback_target_v1 (lot_id, target, key, …) RETURNING transaction_id, …
--
--   transaction_id   the CLAW_BACK or RESTORE; null if no credits moved
--   key_taken        the key belongs to another operation; nothing was written
--   refused          what `at` must be, and is not; nothing was written

CREATE VIEW credits_set_clawback_target_v1 AS
SELECT
    NULL::bigint AS account_id,
    NULL::bigint AS lot_id,
    NULL::bigint AS target,
    NULL::text AS key,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    -- When the lot expires if it has expired meanwhile and gets credits back.
    NULL::timestamptz AS restored_until,
    NULL::bigint AS transaction_id,
    NULL::boolean AS replayed,
    NULL::boolean AS key_taken,
    NULL::text AS refused
WHERE false;

-- Every look-up below has an index, and one plan serves all arguments: made once, not each time
-- (half the cost), and not of scans that were cheap only while the tables were small.
CREATE FUNCTION credits_set_clawback_target_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    is_due boolean;
    lot credits_lot;
    moved bigint;
    earlier record;
BEGIN
    NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
    IF NEW.refused IS NOT NULL THEN
        RETURN NEW;
    END IF;
    is_due := credits_lock_v1(NEW.account_id, NEW.at);
    SELECT * INTO STRICT lot FROM credits_lot WHERE id = NEW.lot_id AND account_id = NEW.account_id;
    IF lot.clawback_target = NEW.target THEN
        RETURN NEW;
    END IF;

    NEW.metadata := NEW.metadata || jsonb_build_object('clawback_target', NEW.target);
    SELECT txn.id, txn.metadata -> 'clawback_target' AS target, txn.lot_id INTO earlier
    FROM credits_credittransaction AS txn
    WHERE txn.account_id = NEW.account_id AND txn.key = NEW.key;
    IF FOUND THEN
        NEW.replayed := earlier.target = to_jsonb(NEW.target) AND earlier.lot_id = NEW.lot_id;
        NEW.key_taken := NEW.replayed IS NOT TRUE;
        NEW.transaction_id := earlier.id;
        RETURN NEW;
    END IF;

    IF is_due THEN
        PERFORM credits_expire_due_v1(NEW.account_id, NEW.at);
        SELECT * INTO STRICT lot FROM credits_lot WHERE id = NEW.lot_id;
    END IF;
    -- Positive: credits to take. Negative: credits to restore.
    moved := CASE
        WHEN NEW.target > lot.clawed_back THEN least(NEW.target - lot.clawed_back, lot.remaining)
        ELSE NEW.target - lot.clawed_back
    END;
    UPDATE credits_lot
    SET clawback_target = NEW.target,
        clawed_back = clawed_back + moved,
        expires_at = CASE
            WHEN moved < 0 AND expires_at <= NEW.at THEN NEW.restored_until ELSE expires_at
        END
    WHERE id = NEW.lot_id
    RETURNING * INTO lot;
    IF moved = 0 THEN
        RETURN NEW;
    END IF;

    SELECT id INTO NEW.transaction_id
    FROM credits_record_v1(
        NEW.account_id, CASE WHEN moved > 0 THEN 'CLAW_BACK' ELSE 'RESTORE' END, -moved,
        ARRAY[NEW.lot_id], ARRAY[abs(moved)], NEW.key, NULL, '', NEW.description, NEW.metadata,
        NEW.actor, NEW.at, 0, CASE WHEN moved < 0 THEN lot.expires_at END);
    RETURN NEW;
END $$;

CREATE TRIGGER set_clawback_target INSTEAD OF INSERT ON credits_set_clawback_target_v1
    FOR EACH ROW EXECUTE FUNCTION credits_set_clawback_target_v1();
