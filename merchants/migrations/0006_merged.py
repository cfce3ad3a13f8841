from django.db import migrations

from hongmi.lib import sql_files

BEFORE = """
    ALTER POLICY a_merchant_sees_who_joined ON accounts_user
        USING ((SELECT walls_are_open())
               OR EXISTS (SELECT 1 FROM merchants_membership m
                          WHERE m.member_id = accounts_user.id AND m.left_at IS NULL AND m.consented_at IS NOT NULL)
               OR EXISTS (SELECT 1 FROM merchants_staff s WHERE s.user_id = accounts_user.id));
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0005_walls"), ("accounts", "0004_merges")]

    operations = [sql_files.load("walls_merged.0001", undo=BEFORE)]
