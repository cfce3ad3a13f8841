from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("points", "0008_merge")]

    operations = [
        sql_files.load("return.0003", instead_of="return.0002"),
        sql_files.load("grants.0001"),
    ]
