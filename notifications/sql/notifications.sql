CREATE SCHEMA notifications;
GRANT USAGE ON SCHEMA notifications TO hongmi_ledger, hongmi_app;
