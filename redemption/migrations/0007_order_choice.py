from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("redemption", "0006_purses_and_logos")]

    operations = [
        sql_files.load(
            "order_choice.0001",
            undo="DROP POLICY a_merchant_sees_its_own ON redemption_logo;"
            "ALTER TABLE redemption_logo DISABLE ROW LEVEL SECURITY;"
            "DROP TRIGGER a_published_reward_keeps_its_purse ON redemption_reward;"
            "DROP FUNCTION redemption_guard_reward_purse();"
            "DROP TRIGGER an_order_keeps_its_purse_and_logo ON redemption_order;"
            "DROP FUNCTION redemption_guard_order_choice();"
            "ALTER TABLE redemption_order DROP CONSTRAINT an_order_bears_a_logo_of_its_member;"
            "ALTER TABLE redemption_order DROP CONSTRAINT an_order_is_paid_from_the_purse_of_its_reward;"
            "ALTER TABLE redemption_logo DROP CONSTRAINT a_logo_belongs_to_a_member_at_a_merchant;"
            "ALTER TABLE redemption_reward DROP CONSTRAINT a_reward_has_one_purse",
        ),
    ]
