from django.db import migrations

from hongmi.lib import sql_files

UNDO = """
    DO $$
    DECLARE
        v_wall record;
    BEGIN
        FOR v_wall IN SELECT tablename, policyname FROM pg_policies WHERE tablename LIKE 'points\\_%' LOOP
            EXECUTE format('DROP POLICY %I ON %I', v_wall.policyname, v_wall.tablename);
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', v_wall.tablename);
        END LOOP;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0004_auditrun"), ("merchants", "0005_walls")]

    operations = [sql_files.load("walls.0001", undo=UNDO)]
