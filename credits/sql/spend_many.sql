-- Many spends in one statement and one commit.
--
-- INSERT INTO credits_spend_many_v1 (spends, at, lien) RETURNING answers
--
--   spends    a list of objects with the fields of credits_wanted_spend_v1; places are 0, 1, 2, …
--   answers   by place: [transaction_id, lot_id, seq, balance_after, replayed, available, refused], as
--             credits_draw_v1 answers
--
-- Each spend stands on its own, and those of one account happen in the order of their places. Where
-- an account's next lot has enough for all its spends, and none of their keys was seen, nothing can
-- be refused and no second lot is needed: those accounts are written together, each table once. All
-- others go through credits_draw_v1, spend by spend.

CREATE TYPE credits_wanted_spend_v1 AS (
    place bigint,
    account_id bigint,
    credits bigint,
    key text,
    operation text,
    description text,
    metadata jsonb,
    actor text
);

CREATE VIEW credits_spend_many_v1 AS
SELECT
    NULL::json AS spends,
    NULL::timestamptz AS at,
    NULL::boolean AS lien,
    NULL::json AS answers
WHERE false;

-- One plan serves all arguments, made once. Each row is looked up by itself (LATERAL with a LIMIT or
-- an OFFSET, or = ANY of an array), so that no statistics can talk a look-up into reading a whole
-- index, or all that an account ever did.
CREATE FUNCTION credits_spend_many_v1() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    places bigint[];
    answers json[];
    other credits_wanted_spend_v1;
    drawn credits_draw_v1;
BEGIN
    -- In one order, so that two of these never wait for each other. The next statement sees what
    -- was committed before the locks were ours.
    PERFORM FROM credits_account
    WHERE id = ANY (ARRAY(
        SELECT account_id FROM json_populate_recordset(NULL::credits_wanted_spend_v1, NEW.spends)
    ))
    ORDER BY id FOR NO KEY UPDATE;

    WITH easy AS MATERIALIZED (
        SELECT asked.*, account.balance, account.last_seq, lot.id AS lot_id
        FROM (
            SELECT account_id, array_agg(spend ORDER BY place) AS spends, array_agg(key) AS keys,
                   count(*) AS number, sum(credits) AS total
            FROM json_populate_recordset(NULL::credits_wanted_spend_v1, NEW.spends) AS spend
            WHERE NOT NEW.lien
            GROUP BY account_id
            HAVING count(*) = count(DISTINCT key)
        ) AS asked
        CROSS JOIN LATERAL (
            SELECT balance, last_seq
            FROM credits_account
            WHERE id = asked.account_id AND (next_expiry_at IS NULL OR next_expiry_at > NEW.at)
              AND credits_can_be_v1(created_at, NEW.at)
            LIMIT 1
        ) AS account
        CROSS JOIN LATERAL (
            SELECT id, remaining FROM credits_open_lots_v1(asked.account_id, NEW.at) LIMIT 1
        ) AS lot
        WHERE lot.remaining >= asked.total AND NOT EXISTS (
            SELECT FROM unnest(asked.keys) AS wanted (key), LATERAL (
                SELECT FROM credits_credittransaction AS earlier
                WHERE earlier.account_id = asked.account_id AND earlier.key = wanted.key
                OFFSET 0
            ) AS seen
        )
    ), at_once AS MATERIALIZED (
        SELECT nextval('credits_credittransaction_id_seq') AS id, easy.lot_id, wanted.*,
               easy.last_seq + nth AS seq,
               easy.balance - sum(wanted.credits) OVER (PARTITION BY easy.account_id ORDER BY nth)
                   AS balance_after
        FROM easy, unnest(easy.spends) WITH ORDINALITY AS wanted
            (place, account_id, credits, key, operation, description, metadata, actor, nth)
    ), moved AS (
        UPDATE credits_account AS account
        SET balance = account.balance - easy.total, last_seq = account.last_seq + easy.number
        FROM easy
        WHERE account.id = easy.account_id AND account.id = ANY (ARRAY(SELECT account_id FROM easy))
    ), taken AS (
        UPDATE credits_lot AS lot SET spent = lot.spent + easy.total
        FROM easy
        WHERE lot.id = easy.lot_id AND lot.id = ANY (ARRAY(SELECT lot_id FROM easy))
    ), recorded AS (
        INSERT INTO credits_credittransaction
            (id, account_id, lot_id, seq, kind, amount, balance_after, key, operation, description,
             metadata, actor, created_at)
        SELECT id, account_id, lot_id, seq, 'SPEND', -credits, balance_after, key,
               coalesce(operation, ''), description, metadata, actor, NEW.at
        FROM at_once
    )
    SELECT coalesce(array_agg(place), '{}'),
           coalesce(array_agg(json_build_array(id, lot_id, seq, balance_after, false, NULL, NULL)), '{}')
    INTO places, answers
    FROM at_once;

    IF cardinality(places) < json_array_length(NEW.spends) THEN
        FOR other IN
            SELECT spend.*
            FROM json_populate_recordset(NULL::credits_wanted_spend_v1, NEW.spends) AS spend
            WHERE place NOT IN (SELECT unnest(places))
            ORDER BY account_id, place
        LOOP
            INSERT INTO credits_draw_v1
                (account_id, kind, credits, key, operation, description, metadata, actor, at, lien)
            VALUES
                (other.account_id, 'SPEND', other.credits, other.key, other.operation,
                 other.description, other.metadata, other.actor, NEW.at, NEW.lien)
            RETURNING * INTO drawn;
            places := places || other.place;
            answers := answers || json_build_array(
                drawn.transaction_id, drawn.lot_id, drawn.seq, drawn.balance_after, drawn.replayed,
                drawn.available, drawn.refused
            );
        END LOOP;
    END IF;

    SELECT json_agg(answer ORDER BY place) INTO NEW.answers
    FROM unnest(places, answers) AS given (place, answer);
    RETURN NEW;
END $$;

CREATE TRIGGER spend_many INSTEAD OF INSERT ON credits_spend_many_v1
    FOR EACH ROW EXECUTE FUNCTION credits_spend_many_v1();
