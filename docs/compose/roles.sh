#!/bin/sh
# The database image runs this once as superuser: creates the three roles and the database of hongmi_owner.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" <<'SQL'
SELECT set_config('hongmi.owner_password', :'owner_password', false),
       set_config('hongmi.app_password', :'app_password', false) \g /dev/null
\i /hongmi/roles.sql
CREATE DATABASE hongmi OWNER hongmi_owner;
SQL
