-- Room on each page for the next version of a row that is updated all the time, so that the
-- update stays on its page and touches no index.
ALTER TABLE credits_account SET (fillfactor = 70);
ALTER TABLE credits_lot SET (fillfactor = 70);
