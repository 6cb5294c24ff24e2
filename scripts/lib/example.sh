# shellcheck shell=bash
# The example application: its schema and data in the private database.

EXAMPLE=$ROOT/examples/chat

# example_schema: (re)loads schema and functions when they changed, and data when those or the data file changed.
# $1: a message stream (tab separated: channel, author, time, body; may be gzipped), or empty for the example's own sample.
example_load() {
  local data=${1-} hash
  hash=$(content_hash "$EXAMPLE/db" -- "$data" "$([[ -z $data ]] || sha256sum <"$data")" "$(admin_psql -d "$DATABASE" -Atc \
    "SELECT extconfig FROM pg_extension WHERE extname = 'freshet'")")
  if stamp_is example "$hash" && [[ $(admin_psql -d "$DATABASE" -Atc "SELECT to_regnamespace('chat') IS NOT NULL") == t ]]; then
    return
  fi
  say "loading the example's schema and data"
  "$EXAMPLE/db/load" "$(role_url freshet_owner)" "$data"
  stamp_set example "$hash"
}
