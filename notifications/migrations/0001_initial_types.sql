CREATE SCHEMA notifications;
GRANT USAGE ON SCHEMA notifications TO hongmi_pen, hongmi_app;
