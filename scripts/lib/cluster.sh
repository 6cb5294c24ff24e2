# shellcheck shell=bash
# The private Postgres cluster: made, started and stopped here, and never a cluster of the machine's own.
# Its server listens on 127.0.0.1 (passwords) and on a socket in a directory that only its user and root can enter.

# The server refuses root. A user with sudo runs it as himself; root runs it as the package's own user.
if [[ $(id -u) -eq 0 ]]; then DB_USER=postgres; else DB_USER=$(id -un); fi

as_db_user() {
  if [[ $(id -u) -eq 0 ]]; then
    (cd / && runuser -u "$DB_USER" -- "$@")
  else
    "$@"
  fi
}

# enterable DIR WHAT: prints DIR, or, where the database user cannot enter that, a directory below /var/lib/freshet under a name made
# from it (only root has another user for the database, so he may make it).
enterable() {
  local dir=$1
  mkdir -p "$dir"
  if ! as_db_user test -x "$dir"; then
    dir=/var/lib/freshet/$(printf '%s' "$dir" | sha256sum | cut -c1-16)
    if [[ ! -d $dir ]]; then say "user $DB_USER cannot enter $1: the $2 is kept in $dir"; fi
    install -d -m 755 /var/lib/freshet "$dir"
  fi
  printf '%s\n' "$dir"
}

# Sets CLUSTER_DIR (data/, log), DATA_DIR, SOCKET_DIR, and which server they belong to.
cluster_locate() {
  mkdir -p "$STATE_DIR"
  server_use "$STATE_DIR/server"
  CLUSTER_DIR=$(enterable "$STATE_DIR/postgres" cluster)
  DATA_DIR=$CLUSTER_DIR/data
  SOCKET_DIR=$CLUSTER_DIR/socket
  # A socket's path may have 107 bytes; a deep tree would exceed it.
  if [[ ${#SOCKET_DIR} -gt 80 ]]; then
    SOCKET_DIR=/tmp/freshet-$(printf '%s' "$CLUSTER_DIR" | sha256sum | cut -c1-16)
  fi
}

cluster_init() {
  mkdir -p "$CLUSTER_DIR" "$SOCKET_DIR"
  if [[ $(id -u) -eq 0 ]]; then chown "$DB_USER" "$CLUSTER_DIR" "$SOCKET_DIR"; fi
  chmod 700 "$SOCKET_DIR"
  if [[ ! -f $DATA_DIR/PG_VERSION ]]; then
    say "making a private PostgreSQL $PG_MAJOR cluster in $DATA_DIR"
    logged "$STATE_DIR/initdb.log" as_db_user "$PG_BIN/initdb" -D "$DATA_DIR" -U postgres -E UTF8 --locale=C.UTF-8 \
      --auth-local=trust --auth-host=scram-sha-256
  fi
  local found
  found=$(as_db_user cat "$DATA_DIR/PG_VERSION")
  [[ $found == "$PG_MAJOR" ]] ||
    die "the cluster in $DATA_DIR is of PostgreSQL $found, not $PG_MAJOR: move it away, or set FRESHET_PG_MAJOR=$found"
}

cluster_running() { as_db_user "$PG_BIN/pg_ctl" -D "$DATA_DIR" status >/dev/null 2>&1; }

# Starts the server unless it runs; sets PG_PORT. Somebody else may take the port between our look and the server's: then the next.
cluster_start() {
  cluster_locate
  cluster_init
  local attempt log=$CLUSTER_DIR/server.log
  for attempt in 1 2 3 4 5; do
    if cluster_running; then break; fi
    PG_PORT=$(free_port $((${FRESHET_PG_PORT:-54700} + attempt - 1)))
    as_db_user rm -f "$log"
    if as_db_user "$PG_BIN/pg_ctl" -D "$DATA_DIR" -l "$log" -w -t 60 -s \
      -o "-p $PG_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories='$SOCKET_DIR' -c wal_level=logical" start \
      2>"$STATE_DIR/pg_ctl.log"; then
      break
    fi
    if [[ $attempt -eq 5 ]] || ! as_db_user grep -q 'could not create any TCP/IP sockets' "$log"; then
      tail -n 5 "$STATE_DIR/pg_ctl.log" >&2
      die "PostgreSQL did not start; see $log"
    fi
  done
  PG_PORT=$(as_db_user sed -n 4p "$DATA_DIR/postmaster.pid")
}

cluster_stop() {
  cluster_locate
  if [[ -f $DATA_DIR/PG_VERSION ]] && cluster_running; then
    as_db_user "$PG_BIN/pg_ctl" -D "$DATA_DIR" -m fast -w -t 60 -s stop
  fi
}

cluster_identifier() { admin_psql -d postgres -Atc 'SELECT system_identifier FROM pg_control_system()'; }

# psql as the cluster's superuser over the private socket; stops at the first error.
admin_psql() {
  PGOPTIONS='-c client_min_messages=warning' \
    "$PG_BIN/psql" -h "$SOCKET_DIR" -p "$PG_PORT" -U postgres -X -q -v ON_ERROR_STOP=1 "$@"
}
