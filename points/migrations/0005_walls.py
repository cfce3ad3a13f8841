from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("points", "0004_auditrun"), ("merchants", "0005_walls")]

    operations = [sql_files.load("walls.0001", undo=sql_files.walls_down("points"))]
