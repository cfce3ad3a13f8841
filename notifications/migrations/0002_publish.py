from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA notifications; GRANT USAGE ON SCHEMA notifications TO hongmi_pen, hongmi_app",
            "DROP SCHEMA notifications CASCADE",
        ),
        sql_files.load("publish.0001"),
        migrations.RunSQL(
            """
            GRANT EXECUTE ON FUNCTION notifications.publish(text, jsonb) TO hongmi_pen, hongmi_app;
            """,
            migrations.RunSQL.noop,
        ),
    ]
