-- Rows that change often leave space on their page for their next version (HOT).
ALTER TABLE points_wallet SET (fillfactor = 70);

-- Of the lots of a page one or two are partly spent at a time; a lot that is spent whole leaves its indexes anyway.
ALTER TABLE points_lot SET (fillfactor = 97);
