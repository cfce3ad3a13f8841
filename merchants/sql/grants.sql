REVOKE INSERT, UPDATE, DELETE ON merchants_merchantstep, merchants_transition FROM hongmi_app;

-- Agreements and the terms they refer to are history.
REVOKE UPDATE, DELETE ON merchants_terms, merchants_membershipstep FROM hongmi_app;
