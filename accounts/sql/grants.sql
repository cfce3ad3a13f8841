-- History: the role that serves requests may add to it and nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_consent, accounts_tombstone, accounts_phoneunmasking FROM hongmi_app;
REVOKE DELETE, TRUNCATE ON accounts_membermerge FROM hongmi_app;
