from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("redemption", "0001_initial")]

    operations = [
        sql_files.load(
            "judge_price.0001",
            undo="DROP FUNCTION redemption_judge_price(redemption_rewardprice);"
            "DROP FUNCTION redemption_require_evidence(text, date, timestamptz)",
        ),
        sql_files.load(
            "guard_price.0001",
            undo="DROP TRIGGER a_price_is_kept_for_ever ON redemption_rewardprice; DROP FUNCTION redemption_guard_price()",
        ),
        sql_files.load(
            "guard_rise.0001",
            undo="DROP TRIGGER a_rise_is_announced_when_it_is_written ON redemption_pricerise;"
            "DROP FUNCTION redemption_guard_rise()",
        ),
        sql_files.load(
            "guard_reward.0001",
            undo="DROP TRIGGER a_published_reward_keeps_its_name ON redemption_reward;"
            "DROP FUNCTION redemption_guard_reward();"
            "DROP TRIGGER prices_are_not_emptied ON redemption_rewardprice;"
            "DROP TRIGGER rises_are_not_emptied ON redemption_pricerise;"
            "DROP FUNCTION redemption_refuse_truncate()",
        ),
        sql_files.load(
            "guard_order.0001",
            undo="DROP TRIGGER an_order_takes_allowed_steps ON redemption_order; DROP FUNCTION redemption_guard_order()",
        ),
    ]
