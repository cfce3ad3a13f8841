from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("points", "0006_plain_purchase")]

    operations = [
        sql_files.load("hold.0002", instead_of="hold.0001"),
        sql_files.load("end_hold.0002", instead_of="end_hold.0001"),
        sql_files.load("adjust.0002", instead_of="adjust.0001"),
        sql_files.load("grants.0001"),
    ]
