-- What a batch of vouchers promises is never rewritten, and its codes are given out once.
CREATE OR REPLACE FUNCTION billing_voucherbatch_terms_are_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'voucherbatch_terms_are_frozen: batch % promised otherwise; make a new one',
        OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'voucherbatch_terms_are_frozen';
END;
$$;

CREATE OR REPLACE TRIGGER voucherbatch_terms_are_frozen
    BEFORE UPDATE ON billing_voucherbatch
    FOR EACH ROW
    WHEN (
        (OLD.credits, OLD.valid_for_days, OLD.size, OLD.uses, OLD.once_a_person, OLD.made_by)
            IS DISTINCT FROM
        (NEW.credits, NEW.valid_for_days, NEW.size, NEW.uses, NEW.once_a_person, NEW.made_by)
        OR (NEW.seed IS NOT NULL AND NEW.seed IS DISTINCT FROM OLD.seed)
        OR (OLD.exported_at IS NOT NULL AND
            (OLD.exported_at, OLD.exported_by) IS DISTINCT FROM (NEW.exported_at, NEW.exported_by))
    )
    EXECUTE FUNCTION billing_voucherbatch_terms_are_frozen();

-- A code stays the code that was given out, and a use is never taken back.
CREATE OR REPLACE FUNCTION billing_voucher_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'voucher_is_frozen: voucher % may only be redeemed or switched', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_frozen';
END;
$$;

CREATE OR REPLACE TRIGGER voucher_is_frozen
    BEFORE UPDATE ON billing_voucher
    FOR EACH ROW
    WHEN (
        (OLD.batch_id, OLD.number, OLD.prefix, OLD.digest, OLD.uses)
            IS DISTINCT FROM (NEW.batch_id, NEW.number, NEW.prefix, NEW.digest, NEW.uses)
        OR NEW.redeemed < OLD.redeemed
    )
    EXECUTE FUNCTION billing_voucher_is_frozen();

-- Who redeemed what is for good: it is what counts the uses.
CREATE OR REPLACE FUNCTION billing_redemption_is_for_good() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'redemption_is_for_good: redemption % is never changed', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'redemption_is_for_good';
END;
$$;

CREATE OR REPLACE TRIGGER redemption_is_for_good
    BEFORE UPDATE OR DELETE ON billing_voucherredemption
    FOR EACH ROW
    EXECUTE FUNCTION billing_redemption_is_for_good();
