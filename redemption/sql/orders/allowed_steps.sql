-- The state machine of an order: its rows are the allowed steps. Python reads them and a trigger enforces them; the trigger
-- also records every step with actor and reason, which no role can write directly.
INSERT INTO redemption_transition (from_status, to_status) VALUES
    ('placed', 'awaiting_cash'), ('placed', 'confirmed'),
    ('awaiting_cash', 'confirmed'), ('awaiting_cash', 'cancelled'),
    ('confirmed', 'fulfilled'), ('confirmed', 'accepted'), ('confirmed', 'refunded'),
    ('fulfilled', 'accepted'), ('fulfilled', 'refunded'),
    ('accepted', 'refunded'),
    -- A manager undoes an acceptance within 15 minutes.
    ('accepted', 'confirmed');
