#!/usr/bin/env bash
# load: the chat's schema and sample into the database, unless they are there. serve: the pages on port 4780.
# Runs in examples/chat.
set -euo pipefail

# Whether a message is there: the sample is loaded in one transaction, so then all of it is.
loaded() {
  psql -X -q -At -v ON_ERROR_STOP=1 <<'SQL'
SELECT to_regclass('app.message') IS NOT NULL AS has_schema \gset
\if :has_schema
SELECT EXISTS (SELECT FROM app.message);
\else
SELECT false;
\endif
SQL
}

case ${1-serve} in
  load)
    export PGHOST=${DATABASE_HOST:?} PGDATABASE=${DATABASE_NAME:?} PGUSER=freshet_owner
    PGPASSWORD=$(cat "${OWNER_PASSWORD_FILE:?}")
    export PGPASSWORD
    if [[ $(loaded) == t ]]; then
      echo 'the chat is loaded already'
      exit 0
    fi
    # A password may hold any character; the loader takes a URL.
    # shellcheck disable=SC2016  # the dollars are JavaScript's
    DATABASE_URL=$(node -e 'const env = process.env; const text = encodeURIComponent;
      process.stdout.write(`postgresql://${env.PGUSER}:${text(env.PGPASSWORD)}@${env.PGHOST}/${text(env.PGDATABASE)}`)')
    export DATABASE_URL
    exec node load.mjs --schema db/schema.sql --data db/sample.tsv --batch 5000
    ;;
  serve)
    FRESHET_JWT_KEY=$(cat "${FRESHET_JWT_KEY_FILE:?}")
    export FRESHET_JWT_KEY
    # The runner loads vite.config.ts without writing a compiled copy beside it: the file system is read-only.
    exec node ../../node_modules/vite/bin/vite.js preview --configLoader runner --host 0.0.0.0 --port 4780 --strictPort
    ;;
  *)
    echo 'usage: example load | serve' >&2
    exit 2
    ;;
esac
