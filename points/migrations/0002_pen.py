from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0001_initial"),
        ("accounts", "0001_initial"),
        ("merchants", "0001_initial"),
        ("notifications", "0002_publish"),
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE SCHEMA points;
            GRANT USAGE ON SCHEMA points TO hongmi_app;
            GRANT USAGE, CREATE ON SCHEMA points TO hongmi_pen;
            """,
            "DROP SCHEMA points CASCADE",
        ),
        sql_files.load("refuse_change.0001"),
        sql_files.load("guard_lot.0001"),
        sql_files.load("triggers.0001", undo="ALTER TABLE points_act DROP CONSTRAINT a_request_hash_has_32_bytes"),
        # the steps
        sql_files.load("refuse.0001"),
        sql_files.load("answer.0001"),
        sql_files.load("known.0001"),
        sql_files.load("member_of.0001"),
        sql_files.load("require_merchant.0001"),
        sql_files.load("lock_wallet.0001"),
        sql_files.load("refresh.0001"),
        sql_files.load("cap_used.0001"),
        sql_files.load("clamp.0001"),
        sql_files.load("repay.0001"),
        sql_files.load("write_act.0001"),
        sql_files.load("draw.0001"),
        sql_files.load("give_back.0001"),
        sql_files.load("claw.0001"),
        # the acts
        sql_files.load("accrue_known_member.0001"),
        sql_files.load("accrue.0001"),
        sql_files.load("accrue_batch.0001"),
        sql_files.load("batch_items.0001"),
        sql_files.load("judge_batch.0001"),
        sql_files.load("write_batch.0001"),
        sql_files.load("end_hold.0001"),
        sql_files.load("begin_spend.0001"),
        sql_files.load("redeem.0001"),
        sql_files.load("hold.0001"),
        sql_files.load("refund.0001"),
        sql_files.load("return.0001"),
        sql_files.load("adjust.0001"),
        sql_files.load("reverse.0001"),
        sql_files.load("transfer.0001"),
        sql_files.load("expire.0001"),
        sql_files.load("grants.0001"),
    ]
