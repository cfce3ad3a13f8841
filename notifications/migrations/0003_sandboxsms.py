from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_publish")]

    operations = [
        migrations.CreateModel(
            name="SandboxSms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("template", models.CharField(max_length=32, verbose_name="template")),
                ("phone_index", models.BinaryField(db_index=True, max_length=32, verbose_name="phone index")),
                ("sealed", models.BinaryField(verbose_name="sealed number and text")),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
            ],
            options={"verbose_name": "sandbox SMS", "verbose_name_plural": "sandbox SMS"},
        ),
    ]
