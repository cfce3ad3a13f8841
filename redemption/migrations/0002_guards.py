from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("redemption", "0001_initial")]

    operations = [
        sql_files.load(
            "guard_price.0001",
            undo="DROP TRIGGER a_price_is_kept_for_ever ON redemption_rewardprice; DROP FUNCTION redemption_guard_price()",
        ),
        sql_files.load(
            "guard_order.0001",
            undo="DROP TRIGGER an_order_takes_allowed_steps ON redemption_order; DROP FUNCTION redemption_guard_order()",
        ),
    ]
