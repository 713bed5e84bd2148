-- Only the ledger's verbs write the ledger.
--
-- A verb is an INSERT into one of its views (credits_draw_v1, credits_grant_v1, …); the view's trigger
-- does the work. So every honest write happens inside a trigger, and one that does not is refused
-- here. `pg_trigger_depth()` costs nothing to ask, and nobody can set it; getting round it takes
-- CREATE TRIGGER or ALTER TABLE, which a role that does not own the tables may not do.

CREATE FUNCTION credits_refuse_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % on % is refused', TG_ARGV[0], TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_ARGV[0],
              TABLE = TG_TABLE_NAME, HINT = 'Use the verbs of credits.ledger and credits.holds.';
END $$;

-- What happened stays as it was written, inside a trigger or out.
CREATE TRIGGER transaction_is_append_only BEFORE UPDATE OR DELETE ON credits_credittransaction
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('transaction_is_append_only');
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON credits_entry
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('entry_is_append_only');
CREATE TRIGGER hold_entry_is_append_only BEFORE UPDATE OR DELETE ON credits_holdentry
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('hold_entry_is_append_only');
CREATE TRIGGER lot_is_never_deleted BEFORE DELETE ON credits_lot
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('lot_is_never_deleted');
CREATE TRIGGER hold_is_never_deleted BEFORE DELETE ON credits_hold
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('hold_is_never_deleted');

-- Nothing but a verb writes.
CREATE TRIGGER transaction_is_written_by_verbs BEFORE INSERT ON credits_credittransaction
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_refuse_v1('transaction_is_written_by_verbs');
CREATE TRIGGER entry_is_written_by_verbs BEFORE INSERT ON credits_entry
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_refuse_v1('entry_is_written_by_verbs');
CREATE TRIGGER hold_entry_is_written_by_verbs BEFORE INSERT ON credits_holdentry
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_refuse_v1('hold_entry_is_written_by_verbs');
CREATE TRIGGER lot_is_written_by_verbs BEFORE INSERT OR UPDATE ON credits_lot
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_refuse_v1('lot_is_written_by_verbs');
CREATE TRIGGER hold_is_written_by_verbs BEFORE INSERT OR UPDATE ON credits_hold
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_refuse_v1('hold_is_written_by_verbs');

-- A host opens accounts and gives them users; their numbers are the ledger's.
CREATE TRIGGER account_opens_empty BEFORE INSERT ON credits_account
    FOR EACH ROW
    WHEN (NEW.balance <> 0 OR NEW.held <> 0 OR NEW.last_seq <> 0 OR NEW.next_expiry_at IS NOT NULL)
    EXECUTE FUNCTION credits_refuse_v1('account_opens_empty');

CREATE FUNCTION credits_keep_account_numbers_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.balance, NEW.held, NEW.last_seq, NEW.next_expiry_at)
        IS DISTINCT FROM (OLD.id, OLD.balance, OLD.held, OLD.last_seq, OLD.next_expiry_at)
    THEN
        RAISE EXCEPTION 'account_numbers_are_written_by_verbs: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'account_numbers_are_written_by_verbs', TABLE = TG_TABLE_NAME,
                  HINT = 'Use the verbs of credits.ledger and credits.holds.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_numbers_are_written_by_verbs BEFORE UPDATE ON credits_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION credits_keep_account_numbers_v1();

-- A ledger is never emptied. (The test suite drops these triggers in its own database.)
CREATE TRIGGER account_is_never_truncated BEFORE TRUNCATE ON credits_account
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('account_is_never_truncated');
CREATE TRIGGER lot_is_never_truncated BEFORE TRUNCATE ON credits_lot
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('lot_is_never_truncated');
CREATE TRIGGER transaction_is_never_truncated BEFORE TRUNCATE ON credits_credittransaction
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('transaction_is_never_truncated');
CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON credits_entry
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('entry_is_never_truncated');
CREATE TRIGGER hold_is_never_truncated BEFORE TRUNCATE ON credits_hold
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('hold_is_never_truncated');
CREATE TRIGGER hold_entry_is_never_truncated BEFORE TRUNCATE ON credits_holdentry
    FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_v1('hold_entry_is_never_truncated');
