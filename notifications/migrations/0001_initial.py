import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hongmi.lib import sql_files


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        sql_files.load("0001_initial_types"),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('topic', models.CharField(max_length=64, verbose_name='topic')),
                ('payload', models.JSONField(verbose_name='payload')),
                ('created_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='created at')),
            ],
            options={
                'verbose_name': 'outbox message',
                'verbose_name_plural': 'outbox',
            },
        ),
        migrations.CreateModel(
            name='SandboxSms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('template', models.CharField(max_length=32, verbose_name='template')),
                ('phone_index', models.BinaryField(db_index=True, max_length=32, verbose_name='phone index')),
                ('sealed', models.BinaryField(verbose_name='sealed number and text')),
                ('sent_at', models.DateTimeField(verbose_name='sent at')),
            ],
            options={
                'verbose_name': 'sandbox SMS',
                'verbose_name_plural': 'sandbox SMS',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.BigIntegerField(verbose_name='outbox message')),
                ('consumer', models.CharField(max_length=100, verbose_name='consumer')),
                ('topic', models.CharField(max_length=64, verbose_name='topic')),
                ('payload', models.JSONField(verbose_name='payload')),
                ('published_at', models.DateTimeField(verbose_name='published at')),
                ('due_at', models.DateTimeField(verbose_name='sent again at')),
                ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                ('last_error', models.CharField(blank=True, db_default='', max_length=500, verbose_name='last error')),
                ('parked_at', models.DateTimeField(blank=True, null=True, verbose_name='parked at')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'indexes': [models.Index(condition=models.Q(('parked_at__isnull', True)), fields=['due_at'], name='delivery_due'), models.Index(condition=models.Q(('parked_at__isnull', False)), fields=['parked_at'], name='delivery_parked')],
            },
        ),
        migrations.CreateModel(
            name='InboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inbox', to=settings.AUTH_USER_MODEL)),
                ('outbox_id', models.BigIntegerField(verbose_name='from outbox message')),
                ('topic', models.CharField(max_length=64, verbose_name='topic')),
                ('payload', models.JSONField(verbose_name='facts')),
                ('delivered_at', models.DateTimeField(verbose_name='delivered at')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
            ],
            options={
                'verbose_name': 'inbox message',
                'verbose_name_plural': 'inbox',
                'indexes': [models.Index(fields=['recipient', '-id'], name='inbox_newest_first')],
                'constraints': [models.UniqueConstraint(fields=('recipient', 'outbox_id'), name='a_message_is_delivered_once')],
            },
        ),
        sql_files.load("0001_initial"),
    ]
