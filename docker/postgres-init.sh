#!/usr/bin/env bash
# Run once by the image's entry point, on an empty data directory: the three roles, and the extension with its grants.
#   freshet_owner   owns the application's tables and functions; never used at run time
#   freshet_call    the gateway's calls: EXECUTE on freshet's entry points, no table rights
#   freshet_stream  the gateway's replication connection
set -euo pipefail

# secret NAME: from NAME_FILE (a mounted secret) or NAME.
secret() {
  local file=$1_FILE
  if [[ -n ${!file-} ]]; then cat "${!file}"; else printf '%s' "${!1:?$1 or $1_FILE must be set}"; fi
}

owner=$(secret FRESHET_OWNER_PASSWORD)
call=$(secret FRESHET_CALL_PASSWORD)
stream=$(secret FRESHET_STREAM_PASSWORD)

# Passwords go through stdin and psql's environment lookup, so that quoting is psql's and no command line shows them.
OWNER_PW=$owner CALL_PW=$call STREAM_PW=$stream \
  psql -X -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_pw OWNER_PW
\getenv call_pw CALL_PW
\getenv stream_pw STREAM_PW
CREATE ROLE freshet_owner LOGIN PASSWORD :'owner_pw';
CREATE ROLE freshet_call LOGIN PASSWORD :'call_pw';
CREATE ROLE freshet_stream LOGIN REPLICATION PASSWORD :'stream_pw';
SELECT format('GRANT CREATE ON DATABASE %I TO freshet_owner', current_database()) \gexec
CREATE EXTENSION freshet;
SELECT freshet.grant_gateway('freshet_call', 'freshet_stream');
SQL
