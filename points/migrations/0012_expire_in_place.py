from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("points", "0011_batch")]

    operations = [sql_files.load("expire.0003", instead_of="expire.0002")]
