#!/bin/sh
# Puts the passwords of mounted secrets into the two connection strings, then becomes the gateway.
set -eu
if [ -n "${FRESHET_CALL_PASSWORD_FILE-}" ]; then
  FRESHET_DATABASE_URL="${FRESHET_DATABASE_URL:?} password=$(cat "$FRESHET_CALL_PASSWORD_FILE")"
  export FRESHET_DATABASE_URL
fi
if [ -n "${FRESHET_STREAM_PASSWORD_FILE-}" ]; then
  FRESHET_REPLICATION_URL="${FRESHET_REPLICATION_URL:?} password=$(cat "$FRESHET_STREAM_PASSWORD_FILE")"
  export FRESHET_REPLICATION_URL
fi
exec freshet "$@"
