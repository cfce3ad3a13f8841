REVOKE INSERT, UPDATE, DELETE ON merchants_merchantstep, merchants_transition FROM hongmi_app;

-- What somebody agreed to, and which terms those were, is history.
REVOKE UPDATE, DELETE ON merchants_terms, merchants_membershipstep FROM hongmi_app;
