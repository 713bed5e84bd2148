-- Numbers that are never negative. A domain's CHECK is kept for the session; the text of a table's is
-- read again for every statement (docs/decisions/0024).

CREATE DOMAIN credits_account_number_v1 AS bigint
    CONSTRAINT account_numbers_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN credits_lot_part_v1 AS bigint
    CONSTRAINT lot_parts_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN credits_balance_after_v1 AS bigint
    CONSTRAINT transaction_balance_after_not_negative CHECK (VALUE >= 0);
