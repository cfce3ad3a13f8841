CREATE SCHEMA points;
GRANT USAGE ON SCHEMA points TO hongmi_app;
GRANT USAGE, CREATE ON SCHEMA points TO hongmi_ledger;
