-- A write-off is for good, and what it wrote off is owed no longer.

CREATE TRIGGER write_off_is_append_only BEFORE UPDATE OR DELETE ON credits_writeoff
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('write_off_is_append_only');
CREATE TRIGGER write_off_is_never_truncated BEFORE TRUNCATE ON credits_writeoff
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('write_off_is_never_truncated');

-- Credits of an account that were used, are no longer paid for and were not written off, once it is
-- locked: what a lien of `draw.sql` keeps back.
CREATE FUNCTION credits_owed_v1(p_account bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM credits_account WHERE id = p_account FOR NO KEY UPDATE;
    RETURN (
        SELECT coalesce(sum(greatest(0, spent + held + clawback_target - granted - (
            SELECT coalesce(sum(credits), 0) FROM credits_writeoff WHERE lot_id = lot.id
        ))), 0)
        FROM credits_lot AS lot
        WHERE account_id = p_account AND clawback_target > clawed_back
    );
END $$;
