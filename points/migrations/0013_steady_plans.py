from django.db import migrations

from hongmi.lib import sql_files

# A batch has it of its own.
AS_BEFORE = """
    DO $$
    DECLARE
        v_act record;
    BEGIN
        FOR v_act IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
                     WHERE p.pronamespace = 'points'::regnamespace AND p.prosecdef AND p.proname <> 'accrue_batch' LOOP
            EXECUTE format('ALTER FUNCTION %s RESET enable_seqscan', v_act.signature);
        END LOOP;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0012_expire_in_place")]

    operations = [sql_files.load("steady_plans.0001", undo=AS_BEFORE)]
