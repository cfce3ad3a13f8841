from django.db import migrations

from hongmi.lib import sql_files


class Migration(migrations.Migration):
    dependencies = [("redemption", "0003_orders")]

    operations = [
        sql_files.load(
            "guard_payment.0001",
            undo="DROP TRIGGER a_payment_takes_allowed_steps ON redemption_payment;"
            "DROP FUNCTION redemption_guard_payment();"
            "DROP TRIGGER a_voucher_takes_allowed_steps ON redemption_voucher;"
            "DROP FUNCTION redemption_guard_voucher()",
        ),
    ]
