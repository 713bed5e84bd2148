-- The rules of the ledger's tables, one trigger a table: who may write a row, what must hold in it,
-- and the columns that follow from others. Numbers that are never negative: `domains.sql`.
--
-- PostgreSQL reads the text of every CHECK, generated column and trigger's WHEN again for each
-- statement; the body of a function it keeps for the session (docs/decisions/0024). So these tables
-- have none of the former, and each function asks everything in one expression first: only a row
-- that breaks a rule is asked rule by rule, for the name to raise.
--
-- Who may write: a verb is an INSERT into one of the ledger's views, and the view's trigger does the
-- work. So every honest write of a row happens inside a trigger, and this one runs at depth 2 or
-- deeper. `pg_trigger_depth()` costs nothing to ask, and nobody can set it; getting round it takes
-- CREATE TRIGGER or ALTER TABLE, which a role that does not own the tables may not do.

-- A host opens accounts and gives them users; their numbers are the ledger's.
CREATE FUNCTION credits_account_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF (NEW.balance, NEW.held, NEW.last_seq) <> (0, 0, 0) OR NEW.next_expiry_at IS NOT NULL THEN
            PERFORM credits_break_v1('account_opens_empty', TG_OP, TG_TABLE_NAME);
        END IF;
    ELSIF (NEW.id, NEW.balance, NEW.held, NEW.last_seq, NEW.next_expiry_at)
        IS DISTINCT FROM (OLD.id, OLD.balance, OLD.held, OLD.last_seq, OLD.next_expiry_at)
    THEN
        PERFORM credits_break_v1('account_numbers_are_written_by_verbs', TG_OP, TG_TABLE_NAME);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION credits_lot_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.remaining := NEW.granted - NEW.spent - NEW.held - NEW.expired - NEW.adjusted_off
        - NEW.clawed_back - NEW.pending;
    NEW.is_open := NEW.remaining > 0;
    IF pg_trigger_depth() > 1
        AND NEW.remaining >= 0
        AND NEW.clawed_back <= NEW.clawback_target
        AND NEW.clawback_target <= NEW.granted
        AND (NEW.remaining = 0 OR NEW.clawed_back = NEW.clawback_target)
        AND (NEW.pending = 0 OR NEW.pending = NEW.granted)
    THEN
        RETURN NEW;
    END IF;
    PERFORM credits_break_v1(
        CASE
            WHEN pg_trigger_depth() < 2 THEN 'lot_is_written_by_verbs'
            WHEN NEW.remaining < 0 THEN 'lot_remaining_within_granted'
            WHEN NEW.clawed_back > NEW.clawback_target THEN 'lot_clawed_back_within_target'
            WHEN NEW.clawback_target > NEW.granted THEN 'lot_clawback_target_within_granted'
            WHEN NEW.remaining > 0 AND NEW.clawed_back <> NEW.clawback_target
                THEN 'lot_owes_nothing_while_open'
            WHEN NEW.pending NOT IN (0, NEW.granted) THEN 'lot_pending_is_all_of_it'
        END, TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END $$;

-- Which kinds add to a balance and which take from it.
CREATE FUNCTION credits_transaction_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1
        AND (CASE
            WHEN NEW.kind IN ('SPEND', 'HOLD', 'CLAW_BACK', 'DEFER', 'EXPIRY') THEN NEW.amount < 0
            WHEN NEW.kind IN ('GRANT', 'GIVE_BACK', 'RELEASE', 'RESTORE', 'START') THEN NEW.amount > 0
            ELSE NEW.kind = 'ADJUSTMENT' AND NEW.amount <> 0
        END)
    THEN
        RETURN NEW;
    END IF;
    PERFORM credits_break_v1(
        CASE
            WHEN pg_trigger_depth() < 2 THEN 'transaction_is_written_by_verbs'
            ELSE 'transaction_sign_follows_kind'
        END, TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END $$;

CREATE FUNCTION credits_entry_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 AND NEW.amount <> 0 THEN
        RETURN NEW;
    END IF;
    PERFORM credits_break_v1(
        CASE
            WHEN pg_trigger_depth() < 2 THEN 'entry_is_written_by_verbs'
            WHEN NEW.amount = 0 THEN 'entry_amount_not_zero'
        END, TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END $$;

CREATE FUNCTION credits_hold_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1
        AND NEW.credits > 0
        AND NEW.status IN ('HELD', 'CAPTURED', 'RELEASED', 'EXPIRED')
        AND NEW.captured BETWEEN 0 AND NEW.credits
        AND (NEW.captured > 0) = (NEW.status = 'CAPTURED')
        AND (NEW.closed_at IS NULL) = (NEW.status = 'HELD')
    THEN
        RETURN NEW;
    END IF;
    PERFORM credits_break_v1(
        CASE
            WHEN pg_trigger_depth() < 2 THEN 'hold_is_written_by_verbs'
            WHEN NEW.credits <= 0 THEN 'hold_credits_positive'
            WHEN NEW.status NOT IN ('HELD', 'CAPTURED', 'RELEASED', 'EXPIRED')
                THEN 'hold_status_known'
            WHEN NEW.captured NOT BETWEEN 0 AND NEW.credits THEN 'hold_captured_within_credits'
            WHEN (NEW.captured > 0) <> (NEW.status = 'CAPTURED') THEN 'hold_captured_follows_status'
            WHEN (NEW.closed_at IS NULL) <> (NEW.status = 'HELD')
                THEN 'hold_closed_at_follows_status'
        END, TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END $$;

CREATE FUNCTION credits_hold_entry_rules_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 AND NEW.captured > 0 THEN
        RETURN NEW;
    END IF;
    PERFORM credits_break_v1(
        CASE
            WHEN pg_trigger_depth() < 2 THEN 'hold_entry_is_written_by_verbs'
            WHEN NEW.captured <= 0 THEN 'hold_entry_captured_positive'
        END, TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END $$;

-- Raise under a rule's own name, as a constraint would. No rule: a column is null that must not be,
-- which PostgreSQL says itself.
CREATE FUNCTION credits_break_v1(p_rule text, p_operation text, p_table text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF p_rule IS NOT NULL THEN
        RAISE EXCEPTION '%: % on % is refused', p_rule, p_operation, p_table
            USING ERRCODE = 'check_violation', CONSTRAINT = p_rule, TABLE = p_table,
                  HINT = 'Use the verbs of credits.ledger and credits.holds.';
    END IF;
END $$;

CREATE TRIGGER account_rules BEFORE INSERT OR UPDATE ON credits_account
    FOR EACH ROW EXECUTE FUNCTION credits_account_rules_v1();
CREATE TRIGGER lot_rules BEFORE INSERT OR UPDATE ON credits_lot
    FOR EACH ROW EXECUTE FUNCTION credits_lot_rules_v1();
CREATE TRIGGER transaction_rules BEFORE INSERT OR UPDATE ON credits_credittransaction
    FOR EACH ROW EXECUTE FUNCTION credits_transaction_rules_v1();
CREATE TRIGGER entry_rules BEFORE INSERT OR UPDATE ON credits_entry
    FOR EACH ROW EXECUTE FUNCTION credits_entry_rules_v1();
CREATE TRIGGER hold_rules BEFORE INSERT OR UPDATE ON credits_hold
    FOR EACH ROW EXECUTE FUNCTION credits_hold_rules_v1();
CREATE TRIGGER hold_entry_rules BEFORE INSERT OR UPDATE ON credits_holdentry
    FOR EACH ROW EXECUTE FUNCTION credits_hold_entry_rules_v1();
