-- A published price is a promise that Stripe keeps a copy of: what it costs never changes.
-- Taking it off sale is allowed, and so is publishing it once.
CREATE OR REPLACE FUNCTION billing_published_price_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'planprice_published_is_frozen: price % was published as %; make a new price',
        OLD.id, coalesce(OLD.stripe_price_id, OLD.uuid::text)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'planprice_published_is_frozen';
END;
$$;

CREATE OR REPLACE TRIGGER planprice_published_is_frozen
    BEFORE UPDATE ON billing_planprice
    FOR EACH ROW
    WHEN (
        OLD.published_at IS NOT NULL
        AND (OLD.plan_id, OLD.currency, OLD.unit_amount, OLD.tax_behavior, OLD.livemode,
             OLD.amount_minimum, OLD.amount_maximum, OLD.amount_step, OLD.uuid,
             OLD.stripe_product_id, OLD.stripe_price_id, OLD.published_at)
            IS DISTINCT FROM
            (NEW.plan_id, NEW.currency, NEW.unit_amount, NEW.tax_behavior, NEW.livemode,
             NEW.amount_minimum, NEW.amount_maximum, NEW.amount_step, NEW.uuid,
             NEW.stripe_product_id, NEW.stripe_price_id, NEW.published_at)
    )
    EXECUTE FUNCTION billing_published_price_is_frozen();

-- What a person agreed to stands as they read it; only where they were goes, once it is not needed.
CREATE OR REPLACE FUNCTION billing_consent_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consent_is_frozen: consent % is a record of what was agreed to', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_is_frozen';
END;
$$;

CREATE OR REPLACE TRIGGER consent_is_frozen
    BEFORE UPDATE ON billing_consent
    FOR EACH ROW
    WHEN (
        (OLD.kind, OLD.account_id, OLD.words, OLD.language, OLD.credits, OLD.valid_for_days,
         OLD.given_at)
            IS DISTINCT FROM
            (NEW.kind, NEW.account_id, NEW.words, NEW.language, NEW.credits, NEW.valid_for_days,
             NEW.given_at)
        OR (NEW.ip_address IS NOT NULL AND NEW.ip_address IS DISTINCT FROM OLD.ip_address)
    )
    EXECUTE FUNCTION billing_consent_is_frozen();

-- What was promised at the click of a button is never rewritten, and paid is for good. The columns
-- of the snapshot are those of `Purchase.SNAPSHOT`; what Stripe was asked with, which stays once it
-- has answered, is `Purchase.FROZEN_ONCE_OPEN`. The migration writes them in.
CREATE OR REPLACE FUNCTION billing_purchase_snapshot_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'purchase_snapshot_is_frozen: purchase % may only move forward', OLD.uuid
        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_snapshot_is_frozen';
END;
$$;

CREATE OR REPLACE TRIGGER purchase_snapshot_is_frozen
    BEFORE UPDATE ON billing_purchase
    FOR EACH ROW
    WHEN (
        ({OLD.snapshot}) IS DISTINCT FROM ({NEW.snapshot})
        OR (OLD.status <> 'pending' AND ({OLD.opened}) IS DISTINCT FROM ({NEW.opened}))
        OR (OLD.status = 'paid'
            AND (NEW.status, NEW.lot_id,
                 NEW.amount_discount, NEW.amount_tax, NEW.amount_total)
                IS DISTINCT FROM
                (OLD.status, OLD.lot_id,
                 OLD.amount_discount, OLD.amount_tax, OLD.amount_total))
        OR (OLD.stripe_session_id IS NOT NULL
            AND NEW.stripe_session_id IS DISTINCT FROM OLD.stripe_session_id)
    )
    EXECUTE FUNCTION billing_purchase_snapshot_is_frozen();
