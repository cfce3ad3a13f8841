-- The life of a merchant: its rows are the allowed steps. Every change of status is judged here and leaves a row that
-- nobody can write by hand; who and why come with the transaction (hongmi.step). Points are covered before the first
-- is issued: to go live takes a deposit or a credit limit (SPEC D10); the platform vouches for itself.
INSERT INTO merchants_transition (from_status, to_status) VALUES
    ('applied', 'licensed'), ('applied', 'closed'),
    ('licensed', 'contracted'), ('licensed', 'closed'),
    ('contracted', 'live'), ('contracted', 'closed'),
    ('live', 'suspended'), ('suspended', 'live'),
    ('live', 'exiting'), ('suspended', 'exiting'), ('exiting', 'suspended'),
    ('exiting', 'closed');
