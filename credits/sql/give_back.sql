-- Give back credits of a SPEND, or of a captured HOLD, last taken first.
--
-- INSERT INTO credits_give_back_v1 (account_id, undoes_id, credits, key, …) RETURNING transaction_id, …
--
--   transaction_id, seq, balance_after   the operation, new or (replayed) the first with that key
--   lot_id                               the lot that a new one touched; null if several
--   transaction_id null, available       what has not been given back yet; nothing was written
--   refused                              what `at` must be, and is not; nothing was written

CREATE VIEW credits_give_back_v1 AS
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
    NULL::bigint AS lot_id,
    NULL::bigint AS seq,
    NULL::bigint AS balance_after,
    -- That of what it undoes.
    NULL::text AS operation,
    NULL::boolean AS replayed,
    NULL::bigint AS available,
    NULL::text AS refused
WHERE false;

-- Every look-up below has an index, and one plan serves all arguments: made once, not each time
-- (half the cost), and not of scans that were cheap only while the tables were small.
CREATE FUNCTION credits_give_back_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    is_due boolean;
    undone record;
    -- The lots, from the last taken; what each was used for, and then what of that goes back.
    lots bigint[];
    parts bigint[];
    returns bigint[];
    missing bigint := NEW.credits;
    put record;
BEGIN
    NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
    IF NEW.refused IS NOT NULL THEN
        RETURN NEW;
    END IF;
    is_due := credits_lock_v1(NEW.account_id, NEW.at);
    SELECT txn.id, txn.seq, txn.balance_after INTO NEW.transaction_id, NEW.seq, NEW.balance_after
    FROM credits_credittransaction AS txn
    WHERE txn.account_id = NEW.account_id AND txn.key = NEW.key;
    NEW.replayed := FOUND;
    IF NEW.replayed THEN
        RETURN NEW;
    END IF;

    -- (`+ 0`: looked at, or sorted by, and never a reason to walk another index.)
    SELECT txn.kind, txn.lot_id, txn.operation,
        CASE txn.kind
            WHEN 'SPEND' THEN -txn.amount
            WHEN 'HOLD' THEN (SELECT captured FROM credits_hold WHERE transaction_id = txn.id)
            ELSE 0
        END - (
            SELECT coalesce(sum(amount), 0) FROM credits_credittransaction
            WHERE undoes_id = NEW.undoes_id AND kind = 'GIVE_BACK'
        ) AS left_over
    INTO undone
    FROM credits_credittransaction AS txn
    WHERE txn.id = NEW.undoes_id AND txn.account_id + 0 = NEW.account_id;
    NEW.available := coalesce(undone.left_over, 0);
    IF NEW.credits > NEW.available THEN
        RETURN NEW;
    END IF;
    NEW.operation := undone.operation;
    IF is_due THEN
        PERFORM credits_expire_due_v1(NEW.account_id, NEW.at);
    END IF;

    IF undone.lot_id IS NOT NULL THEN
        put := credits_put_back_to_one_v1(
            NEW.account_id, 'GIVE_BACK', undone.lot_id, NEW.credits, 0, NEW.key, NEW.undoes_id,
            undone.operation, NEW.description, NEW.metadata, NEW.actor, NEW.at);
    ELSE
        IF undone.kind = 'SPEND' THEN
            SELECT array_agg(lot_id ORDER BY id + 0 DESC), array_agg(-amount ORDER BY id + 0 DESC)
            INTO lots, parts
            FROM credits_entry
            WHERE transaction_id = NEW.undoes_id;
        ELSE
            SELECT array_agg(lot_id ORDER BY id + 0 DESC), array_agg(captured ORDER BY id + 0 DESC)
            INTO lots, parts
            FROM credits_holdentry
            WHERE hold_id = (SELECT id FROM credits_hold WHERE transaction_id = NEW.undoes_id);
        END IF;
        returns := ARRAY(
            SELECT id FROM credits_credittransaction
            WHERE undoes_id = NEW.undoes_id AND kind = 'GIVE_BACK'
        );
        FOR n IN 1 .. cardinality(lots) LOOP
            IF returns <> '{}' THEN
                parts[n] := parts[n] - (
                    SELECT coalesce(sum(amount), 0) FROM credits_movement_v1
                    WHERE transaction_id = ANY (returns) AND lot_id + 0 = lots[n]
                );
            END IF;
            parts[n] := least(parts[n], missing);
            missing := missing - parts[n];
        END LOOP;
        put := credits_put_back_v1(
            NEW.account_id, 'GIVE_BACK', lots, parts, NULL, NEW.key, NEW.undoes_id,
            undone.operation, NEW.description, NEW.metadata, NEW.actor, NEW.at);
    END IF;
    NEW.transaction_id := put.id;
    NEW.lot_id := put.lot_id;
    NEW.seq := put.seq;
    NEW.balance_after := put.balance_after;
    RETURN NEW;
END $$;

CREATE TRIGGER give_back INSTEAD OF INSERT ON credits_give_back_v1
    FOR EACH ROW EXECUTE FUNCTION credits_give_back_v1();
