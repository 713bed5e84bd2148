-- Let a hold last longer.
--
-- INSERT INTO credits_extend_hold_v1 (account_id, hold_id, at, until, alone) RETURNING expires_at, …
--
--   expires_at   when its credits go back now: never earlier than before. Null: it is closed
--   refused      what `at` must be, and is not; nothing was written

CREATE VIEW credits_extend_hold_v1 AS
SELECT
    NULL::bigint AS account_id,
    NULL::bigint AS hold_id,
    NULL::timestamptz AS at,
    NULL::timestamptz AS until,
    -- A transaction of this statement alone.
    NULL::boolean AS alone,
    NULL::timestamptz AS expires_at,
    NULL::text AS refused
WHERE false;

CREATE FUNCTION credits_extend_hold_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    NEW.refused := credits_refuse_time_v1(NEW.account_id, NEW.at);
    IF NEW.refused IS NOT NULL THEN
        RETURN NEW;
    END IF;
    -- The account first, as everybody who closes a hold does; else two might wait for one another.
    -- A transaction that will ask for nothing more cannot, and need not wait for the account.
    IF NEW.alone IS NOT TRUE THEN
        PERFORM FROM credits_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    -- Found by its id, and never by walking the account's holds or all that are open.
    UPDATE credits_hold AS hold
    SET expires_at = greatest(hold.expires_at, NEW.until)
    WHERE hold.id = NEW.hold_id AND hold.account_id + 0 = NEW.account_id AND hold.closed_at IS NULL
    RETURNING hold.expires_at INTO NEW.expires_at;
    RETURN NEW;
END $$;

CREATE TRIGGER extend_hold INSTEAD OF INSERT ON credits_extend_hold_v1
    FOR EACH ROW EXECUTE FUNCTION credits_extend_hold_v1();
