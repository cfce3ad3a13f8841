import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("points", "0003_seal")]

    operations = [
        migrations.CreateModel(
            name="AuditRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                (
                    "finished_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="finished at"
                    ),
                ),
                ("is_ok", models.BooleanField(verbose_name="no law is broken")),
                ("findings", models.JSONField(verbose_name="findings")),
            ],
            options={"verbose_name": "audit", "verbose_name_plural": "audits"},
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE, TRUNCATE ON points_auditrun FROM hongmi_app",
            "GRANT UPDATE, DELETE ON points_auditrun TO hongmi_app",
        ),
    ]
