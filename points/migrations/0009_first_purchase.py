from django.db import migrations

from hongmi.lib import sql_files

NO_LOOK = "DROP FUNCTION points._is_used_up, points._has_bought;"


class Migration(migrations.Migration):
    dependencies = [("points", "0008_merge")]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, NO_LOOK),
        sql_files.load("clamp.0002", instead_of="clamp.0001"),
        sql_files.load("grants.0001"),
    ]
