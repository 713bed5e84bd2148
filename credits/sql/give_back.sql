-- Give back credits of a SPEND, or of a captured HOLD, last taken first.
--
-- INSERT INTO credits_give_back (account_id, undoes_id, credits, key, …) RETURNING transaction_id, …
--
--   transaction_id, seq, balance_after   the operation, new or (replayed) the first with that key
--   transaction_id null, available       what has not been given back yet; nothing was written

CREATE OR REPLACE VIEW credits_give_back AS
SELECT
    NULL::bigint AS account_id,
    NULL::bigint AS undoes_id,
    NULL::bigint AS credits,
    NULL::text AS key,
    NULL::text AS description,
    NULL::jsonb AS metadata,
    NULL::text AS actor,
    NULL::timestamptz AS at,
    NULL::bigint AS transaction_id,
    NULL::bigint AS seq,
    NULL::bigint AS balance_after,
    NULL::boolean AS replayed,
    NULL::bigint AS available
WHERE false;

-- Every look-up below has an index, and one plan serves all arguments: made once, not each time
-- (half the cost), and not of scans that were cheap only while the tables were small.
CREATE OR REPLACE FUNCTION credits_give_back() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    lots bigint[];
    parts bigint[];
    put record;
BEGIN
    PERFORM credits_lock(NEW.account_id, NEW.at);
    SELECT txn.id, txn.seq, txn.balance_after INTO NEW.transaction_id, NEW.seq, NEW.balance_after
    FROM credits_credittransaction AS txn
    WHERE txn.account_id = NEW.account_id AND txn.key = NEW.key;
    NEW.replayed := FOUND;
    IF NEW.replayed THEN
        RETURN NEW;
    END IF;

    -- Walk the lots from the last taken; each gives what the ones before it left to give.
    SELECT array_agg(lot_id ORDER BY n DESC), array_agg(least(used, NEW.credits - before) ORDER BY n DESC),
           max(before + used)
    INTO lots, parts, NEW.available
    FROM (
        SELECT lot_id, n, used, sum(used) OVER (ORDER BY n DESC) - used AS before
        FROM credits_used(NEW.undoes_id)
    ) AS walk
    WHERE before < NEW.credits;
    NEW.available := coalesce(NEW.available, 0);
    IF NEW.available < NEW.credits THEN
        RETURN NEW;
    END IF;

    put := credits_put_back(NEW.account_id, 'GIVE_BACK', lots, parts, NULL, NEW.key, NEW.undoes_id,
                            NEW.description, NEW.metadata, NEW.actor, NEW.at);
    NEW.transaction_id := put.id;
    NEW.seq := put.seq;
    NEW.balance_after := put.balance_after;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER give_back INSTEAD OF INSERT ON credits_give_back
    FOR EACH ROW EXECUTE FUNCTION credits_give_back();

-- What a SPEND or a captured HOLD has used of each lot and not given back; n counts as taken.
-- In steps, each of them one look-up by an index that no statistics can talk out of it.
CREATE OR REPLACE FUNCTION credits_used(p_transaction bigint)
    RETURNS TABLE (lot_id bigint, n bigint, used bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
    captures bigint := (SELECT id FROM credits_hold WHERE transaction_id = p_transaction);
    spends boolean := (SELECT kind = 'SPEND' FROM credits_credittransaction WHERE id = p_transaction);
    returns bigint[] := ARRAY(
        SELECT id FROM credits_credittransaction
        WHERE undoes_id = p_transaction AND kind = 'GIVE_BACK'
    );
BEGIN
    RETURN QUERY
    SELECT taken.lot_id, taken.n, (taken.amount - taken.returned)::bigint
    FROM (
        SELECT part.lot_id, part.n, part.amount, (
            SELECT coalesce(sum(entry.amount), 0) FROM credits_entry AS entry
            WHERE entry.transaction_id = ANY (returns) AND entry.lot_id = part.lot_id
        ) AS returned
        FROM (
            SELECT entry.lot_id, entry.id AS n, -entry.amount AS amount
            FROM credits_entry AS entry
            WHERE spends AND entry.transaction_id = p_transaction
            UNION ALL
            SELECT entry.lot_id, entry.id, entry.captured
            FROM credits_holdentry AS entry
            WHERE entry.hold_id = captures
        ) AS part
    ) AS taken
    WHERE taken.amount > taken.returned;
END $$;
