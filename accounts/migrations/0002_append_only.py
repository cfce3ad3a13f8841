from django.db import migrations

# What somebody agreed to is history: the role that serves requests may add to it and nothing else.
REVOKE = "REVOKE UPDATE, DELETE, TRUNCATE ON accounts_consent, accounts_tombstone FROM hongmi_app"
GRANT = "GRANT UPDATE, DELETE ON accounts_consent, accounts_tombstone TO hongmi_app"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(REVOKE, GRANT)]
