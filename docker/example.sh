#!/usr/bin/env bash
# load: the chat's schema and sample into the database, unless they are there. serve: the pages on port 4780.
set -euo pipefail

case ${1-serve} in
  load)
    : "${DATABASE_HOST:?}" "${DATABASE_NAME:?}"
    # A password may hold any character; the loader takes a URL.
    password=$(node -e 'process.stdout.write(encodeURIComponent(require("node:fs").readFileSync(0, "utf8").trim()))' \
      <"${OWNER_PASSWORD_FILE:?}")
    url=postgresql://freshet_owner:$password@$DATABASE_HOST:5432/$DATABASE_NAME
    if [[ $(psql -X -At -c "SELECT to_regclass('app.message') IS NOT NULL" "$url") == t ]]; then
      echo 'the chat is loaded already'
      exit 0
    fi
    exec ./db/load "$url"
    ;;
  serve)
    FRESHET_JWT_KEY=$(cat "${FRESHET_JWT_KEY_FILE:?}")
    export FRESHET_JWT_KEY
    exec npx --no-install vite preview --host 0.0.0.0 --port 4780 --strictPort
    ;;
  *)
    echo 'usage: example load | serve' >&2
    exit 2
    ;;
esac
