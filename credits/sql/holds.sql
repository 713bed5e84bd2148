-- Close a hold: capture what was used, let the rest go.
--
-- INSERT INTO credits_close_hold (account_id, hold_id, status, captured, …) RETURNING closed
--
--   closed   false: it was closed before; nothing was written
--
-- The lots that were taken first are captured first; what goes back was taken last.

CREATE VIEW credits_close_hold AS
SELECT
    NULL::bigint AS account_id,
    NULL::bigint AS hold_id,
    NULL::text AS status,
    NULL::bigint AS captured,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    NULL::boolean AS closed
WHERE false;

-- Every look-up below has an index. A plan made while the tables were small must not go on
-- reading them whole when they have grown.
CREATE FUNCTION credits_close_hold() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    hold credits_hold;
    lots bigint[];
    parts bigint[];
BEGIN
    PERFORM credits_lock(NEW.account_id, NEW.at);
    UPDATE credits_hold
    SET status = NEW.status, captured = NEW.captured, closed_at = NEW.at
    WHERE id = NEW.hold_id AND account_id = NEW.account_id AND status = 'HELD'
    RETURNING * INTO hold;
    NEW.closed := FOUND;
    IF NOT NEW.closed THEN
        RETURN NEW;
    END IF;

    IF NEW.captured > 0 THEN
        WITH part AS (
            INSERT INTO credits_holdentry (account_id, hold_id, lot_id, captured)
            SELECT NEW.account_id, NEW.hold_id, lot_id, least(taken, NEW.captured - before)
            FROM credits_taken(hold.transaction_id)
            WHERE before < NEW.captured
            ORDER BY before
            RETURNING lot_id, captured
        )
        UPDATE credits_lot AS lot
        SET held = lot.held - part.captured, spent = lot.spent + part.captured
        FROM part
        WHERE lot.id = part.lot_id;
        UPDATE credits_account SET held = held - NEW.captured WHERE id = NEW.account_id;
    END IF;

    IF NEW.captured < hold.credits THEN
        SELECT array_agg(lot_id ORDER BY before DESC),
               array_agg(least(taken, before + taken - NEW.captured) ORDER BY before DESC)
        INTO lots, parts
        FROM credits_taken(hold.transaction_id)
        WHERE before + taken > NEW.captured;
        PERFORM credits_put_back(NEW.account_id, 'RELEASE', lots, parts, NULL, hold.transaction_id,
                                 NEW.description, NEW.metadata, NEW.actor, NEW.at);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER close_hold INSTEAD OF INSERT ON credits_close_hold
    FOR EACH ROW EXECUTE FUNCTION credits_close_hold();

-- What an operation took of each lot, and how much it had taken before it. (`id + 0`: sorted, not
-- read in the order of the index of all ids.)
CREATE FUNCTION credits_taken(p_transaction bigint)
    RETURNS TABLE (lot_id bigint, taken bigint, before bigint) LANGUAGE sql STABLE AS $$
    SELECT lot_id, -amount, (sum(-amount) OVER (ORDER BY id + 0) + amount)::bigint
    FROM credits_entry
    WHERE transaction_id = p_transaction
$$;
