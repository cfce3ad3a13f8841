from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("merchants", "0004_guards"), ("accounts", "0001_initial")]

    operations = [
        sql_files.load(
            "walls.0001",
            undo="""
            DROP POLICY the_pen_sees_all ON accounts_user;
            DROP POLICY the_pen_sees_all ON merchants_membership;
            DROP POLICY a_merchant_sees_who_joined ON accounts_user;
            ALTER TABLE accounts_user DISABLE ROW LEVEL SECURITY;
            DROP FUNCTION walls_are_open() CASCADE;
            DROP FUNCTION walled_merchants() CASCADE;
            """,
        ),
    ]
