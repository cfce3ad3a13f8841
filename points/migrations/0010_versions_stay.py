from django.db import migrations

from hongmi.lib import sql_files

LET_GO = """
    DROP TRIGGER a_rule_version_stays ON points_earningruleversion;
    GRANT UPDATE, DELETE ON points_earningruleversion TO hongmi_app;
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0009_first_purchase")]

    operations = [sql_files.load("versions.0001", undo=LET_GO)]
