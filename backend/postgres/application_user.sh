#!/bin/sh
# Run by the PostgreSQL image when it makes the database: a user for the application, who owns that database's tables and is
# nothing else.
set -eu
psql -v ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  -v password="$POSTGRES_APP_PASSWORD" -v database="$POSTGRES_DB" <<'SQL'
CREATE ROLE tocsin_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO tocsin_app;
GRANT USAGE, CREATE ON SCHEMA public TO tocsin_app;
SQL
