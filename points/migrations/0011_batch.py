from django.db import migrations

from hongmi.lib import sql_files

# What CREATE OR REPLACE cannot bring back, because its arguments, its answer or its type were others.
MAKE_ROOM = """
    DROP FUNCTION points.accrue_batch(bigint, jsonb, timestamptz, bigint, boolean);
    DROP FUNCTION points._write_batch(bigint, points.batch_item[], timestamptz, bigint, boolean);
    DROP FUNCTION points._batch_items(bigint, boolean, jsonb, timestamptz);
    DROP FUNCTION points._rows_of(points.batch_item[]);
    ALTER TYPE points.batch_item DROP ATTRIBUTE points, DROP ATTRIBUTE green_points;
    DROP FUNCTION points._judge_batch(bigint, points.batch_item[], bigint[], timestamptz);
    -- because judge_batch.0002 begins by dropping it
    CREATE FUNCTION points._judge_batch(bigint, points.batch_item[], timestamptz) RETURNS void LANGUAGE sql AS '';
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0010_versions_stay")]

    operations = [
        # The functions made anew going back want their owner too.
        sql_files.load_going_back("grants.0001"),
        migrations.RunSQL(migrations.RunSQL.noop, "DROP FUNCTION points._seen_by(bigint, boolean, uuid)"),
        sql_files.load("member_of.0003", instead_of="member_of.0002"),
        sql_files.load("lock_wallets.0003", instead_of="lock_wallets.0002"),
        sql_files.load("batch_items.0003", instead_of="batch_items.0002"),
        sql_files.load("judge_batch.0003", instead_of="judge_batch.0002"),
        sql_files.load("write_batch.0002", instead_of="write_batch.0001"),
        sql_files.load("accrue_batch.0003", instead_of="accrue_batch.0002"),
        migrations.RunSQL(migrations.RunSQL.noop, MAKE_ROOM),
        # Of the lots of a page one or two are partly spent at a time; who is spent whole leaves its indexes anyway.
        migrations.RunSQL(
            "ALTER TABLE points_lot SET (fillfactor = 97)", "ALTER TABLE points_lot SET (fillfactor = 90)"
        ),
        sql_files.load("grants.0001"),
    ]
