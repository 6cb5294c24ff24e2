#!/usr/bin/env bash
# Stands for the official image's entry point where it matters here: passwords by file, a cluster on an empty PGDATA, init scripts
# on a server that listens on its socket alone, then the server with the command's own arguments.
set -euo pipefail

[[ $(id -u) -ne 0 ]] || { echo 'the image is to run as postgres' >&2; exit 1; }
POSTGRES_PASSWORD=$(cat "${POSTGRES_PASSWORD_FILE:?}")
unset POSTGRES_PASSWORD_FILE
export POSTGRES_USER=${POSTGRES_USER:-postgres} POSTGRES_DB=${POSTGRES_DB:-postgres}

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  PGPASSWORD=$POSTGRES_PASSWORD
  export PGPASSWORD
  pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "${@:2}" -c listen_addresses='')" start
  psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  for script in /docker-entrypoint-initdb.d/*.sh; do "$script"; done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
fi
exec "$@"
