from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_sandboxsms")]

    operations = [sql_files.load("publish.0002", instead_of="publish.0001")]
