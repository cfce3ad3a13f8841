#!/bin/sh
# Run once by the database's image, as superuser: the three roles, then the database that hongmi_owner owns.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" <<'SQL'
SELECT set_config('hongmi.owner_password', :'owner_password', false),
       set_config('hongmi.app_password', :'app_password', false) \g /dev/null
\i /hongmi/roles.sql
CREATE DATABASE hongmi OWNER hongmi_owner;
SQL
