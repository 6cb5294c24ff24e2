#!/bin/sh
# Puts the passwords of mounted secrets into the two connection strings, then becomes the gateway. With a password file the
# string must be of keywords (host=… user=…), not a URI.
set -eu

# A value of libpq's keyword form: in quotes, with quotes and backslashes escaped.
password() {
  printf " password='%s'" "$(sed "s/[\\\\']/\\\\&/g" "$1")"
}

if [ -n "${FRESHET_CALL_PASSWORD_FILE-}" ]; then
  FRESHET_DATABASE_URL="${FRESHET_DATABASE_URL:?}$(password "$FRESHET_CALL_PASSWORD_FILE")"
  export FRESHET_DATABASE_URL
fi
if [ -n "${FRESHET_STREAM_PASSWORD_FILE-}" ]; then
  FRESHET_REPLICATION_URL="${FRESHET_REPLICATION_URL:?}$(password "$FRESHET_STREAM_PASSWORD_FILE")"
  export FRESHET_REPLICATION_URL
fi
exec freshet "$@"
