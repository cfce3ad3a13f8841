-- A version of a rule judges the returns of what it granted for ever, so it is written once: the app may add one, and
-- neither the app nor a slip of the owner changes or deletes one.
REVOKE UPDATE, DELETE, TRUNCATE ON points_earningruleversion FROM hongmi_app;

CREATE TRIGGER a_rule_version_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON points_earningruleversion
    FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change();
ALTER TABLE points_earningruleversion ENABLE ALWAYS TRIGGER a_rule_version_stays;
