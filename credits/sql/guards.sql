-- What nobody may do to the ledger's tables, inside a trigger or out: change or delete what happened,
-- and empty a table. Who may write a row, and what must hold in it: `rules.sql`.

CREATE FUNCTION credits_refuse_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % on % is refused', TG_ARGV[0], TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_ARGV[0],
              TABLE = TG_TABLE_NAME, HINT = 'Use the verbs of credits.ledger and credits.holds.';
END $$;

-- What happened stays as it was written.
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
