from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("points", "0002_pen")]

    operations = [
        sql_files.load("seal_instant.0001"),
        sql_files.load("seal.0001"),
        sql_files.load("grants.0001"),
    ]
