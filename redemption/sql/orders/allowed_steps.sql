-- The state machine of an order: its rows are the allowed steps. Python reads them, this trigger guards them, and every
-- step taken leaves a row, with who and why, that nobody can write by hand.
INSERT INTO redemption_transition (from_status, to_status) VALUES
    ('placed', 'awaiting_cash'), ('placed', 'confirmed'),
    ('awaiting_cash', 'confirmed'), ('awaiting_cash', 'cancelled'),
    ('confirmed', 'fulfilled'), ('confirmed', 'accepted'), ('confirmed', 'refunded'),
    ('fulfilled', 'accepted'), ('fulfilled', 'refunded'),
    ('accepted', 'refunded'),
    -- A manager undoes an acceptance within 15 minutes.
    ('accepted', 'confirmed');
