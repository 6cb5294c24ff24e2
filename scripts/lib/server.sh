# shellcheck shell=bash
# A copy of the machine's PostgreSQL that has this tree's extension in it. The server looks for extensions in its own directories
# alone, and finds those relative to its binary: so a copy needs no setting, tests and demo need no root, and neither the machine's
# clusters nor another tree's tests ever meet what is being worked on.

PG_MAJOR=${FRESHET_PG_MAJOR:-15}
PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config

# Hash of what the copy is made from, so that an upgrade renews it. What was installed of freshet itself is not taken over.
server_source_hash() {
  (cd /usr && find "lib/postgresql/$PG_MAJOR" "share/postgresql/$PG_MAJOR" ! -name 'freshet*' ! -type d -printf '%p %s %T@\n') |
    LC_ALL=C sort | sha256sum | cut -d' ' -f1
}

# server_use DIR: makes or renews the copy below DIR, or, where the database user cannot enter that, below /var/lib/freshet.
# Sets SERVER and PG_BIN; the tests' harness reads FRESHET_PG_BIN.
server_use() {
  [[ -x $PG_CONFIG ]] || die "PostgreSQL $PG_MAJOR is missing: run scripts/install"
  SERVER=$(enterable "$1" "server")
  PG_BIN=$SERVER/usr/lib/postgresql/$PG_MAJOR/bin
  export FRESHET_PG_BIN=$PG_BIN
  local hash
  hash=$(server_source_hash)
  if [[ -f $SERVER/made_from && $(<"$SERVER/made_from") == "$hash" ]]; then return 0; fi
  local path making=$SERVER.new
  rm -rf "$making"
  for path in "lib/postgresql/$PG_MAJOR" "share/postgresql/$PG_MAJOR"; do
    install -d -m 755 "$making" "$making/usr" "$making/usr/${path%%/*}" "$making/usr/${path%/*}"
    cp -a --reflink=auto "/usr/$path" "$making/usr/$path"
  done
  find "$making" -mindepth 1 -name 'freshet*' -delete
  printf '%s\n' "$hash" >"$making/made_from"
  # A server that runs from the old copy keeps the files that it has open.
  rm -rf "$SERVER"
  mv "$making" "$SERVER"
}

# server_install PRESET: the extension of that build into the copy in use.
server_install() {
  stage_extension "$1"
  install_staged "$1" "$SERVER"
}
