# shellcheck shell=bash
# The three roles and their credentials. Each password is generated once and kept in .freshet, readable by its owner only:
#   freshet_owner   owns the application's tables and functions; never used at run time
#   freshet_call    the gateway's calls; may execute freshet's entry points, no table rights
#   freshet_stream  the gateway's replication connection; could read the whole cluster, hence its own credential

DATABASE=freshet

# password NAME: the stored password of a role, made at first use.
password() {
  local file=$STATE_DIR/password.$1
  if [[ ! -s $file ]]; then
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$file")
  fi
  cat "$file"
}

role_url() { printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$1" "$(password "$1")" "$PG_PORT" "$DATABASE"; }

# database_stamp NAME: the name of a stamp about what is in the current database.
database_stamp() { if [[ $DATABASE == freshet ]]; then printf '%s' "$1"; else printf '%s.%s' "$1" "$DATABASE"; fi; }

# The SQL of a version under development changes without a script that updates what it made before: then the database is made anew.
forget_outdated_extension() {
  local hash stamp
  stamp=$(database_stamp extension)
  hash=$(content_hash "$ROOT/extension/sql" "$ROOT/extension/freshet.control" -- "$(cluster_identifier)")
  if [[ -f $STATE_DIR/stamps/$stamp ]] && ! stamp_is "$stamp" "$hash"; then
    say "the extension's SQL has changed: making the private database anew"
    admin_psql -d postgres -c "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)"
    stamp_clear "$(database_stamp example)"
  fi
  stamp_set "$stamp" "$hash"
}

# Makes roles, database and extension where they are missing. Running it again changes nothing.
roles_and_extension() {
  forget_outdated_extension
  local owner call stream
  owner=$(password freshet_owner)
  call=$(password freshet_call)
  stream=$(password freshet_stream)
  # The passwords travel through stdin: a command line can be read by every user of the machine.
  admin_psql -d postgres <<SQL
SELECT format('CREATE ROLE %I LOGIN', r) FROM unnest(ARRAY['freshet_owner','freshet_call','freshet_stream']) r
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \\gexec
ALTER ROLE freshet_owner PASSWORD '$owner';
ALTER ROLE freshet_call PASSWORD '$call';
ALTER ROLE freshet_stream REPLICATION PASSWORD '$stream';
SELECT 'CREATE DATABASE $DATABASE OWNER freshet_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$DATABASE') \\gexec
SQL
  admin_psql -d "$DATABASE" <<'SQL'
CREATE EXTENSION IF NOT EXISTS freshet;
SELECT freshet.grant_gateway('freshet_call', 'freshet_stream') \g /dev/null
SQL
}
