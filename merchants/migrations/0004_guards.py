from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("merchants", "0003_membership_and_staff")]

    operations = [
        sql_files.load(
            "guard_merchant.0001",
            undo="""
            DROP TRIGGER a_merchant_takes_allowed_steps ON merchants_merchant;
            DROP FUNCTION merchants_guard_status();
            DELETE FROM merchants_transition;
            """,
        ),
    ]
