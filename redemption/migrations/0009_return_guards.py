from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("redemption", "0008_order_return")]

    operations = [
        sql_files.load(
            "guard_return.0001",
            undo="DROP POLICY a_merchant_sees_its_own ON redemption_orderreturn;"
            "ALTER TABLE redemption_orderreturn DISABLE ROW LEVEL SECURITY;"
            "DROP TRIGGER a_return_takes_allowed_steps ON redemption_orderreturn;"
            "DROP FUNCTION redemption_guard_return()",
        ),
        sql_files.load(
            "handover.0001",
            undo="DROP TRIGGER a_slot_is_in_its_merchants_shops ON redemption_slot;"
            "DROP TRIGGER a_reward_is_had_in_its_merchants_shops ON redemption_reward_stores;"
            "DROP FUNCTION redemption_guard_shop();"
            "DROP TRIGGER an_order_is_sent_to_its_address ON redemption_order;"
            "DROP FUNCTION redemption_guard_handover()",
        ),
    ]
