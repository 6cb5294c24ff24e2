# shellcheck shell=bash
# The example application: its schema and data in a private database of its own, its page built and served.

# shellcheck disable=SC2034  # read by scripts/up
EXAMPLES=(chat issues bank)

# example_use NAME: from here on everything is about this example and its database.
example_use() {
  EXAMPLE_NAME=$1
  EXAMPLE=$ROOT/examples/$1
  local suffix=''
  if [[ $1 != chat ]]; then suffix=_$1; fi
  # shellcheck disable=SC2034  # of roles.sh
  DATABASE=freshet$suffix
}

example_use chat

# example_load FILE: makes schema and data anew when they, the data file or the extension changed. FILE is a message stream
# (tab separated: channel, author, time, body; may be gzipped), or empty for the example's own sample.
example_load() {
  local data=${1-} hash stamp sources=("$EXAMPLE/db" "$ROOT/extension/sql")
  stamp=$(database_stamp example)
  if [[ -f $EXAMPLE/load.mjs ]]; then sources+=("$EXAMPLE/load.mjs"); fi
  hash=$(content_hash "${sources[@]}" -- "$([[ -z $data ]] || sha256sum <"$data")" "$(cluster_identifier)")
  if stamp_is "$stamp" "$hash"; then return 0; fi
  say "loading the example's schema and data"
  stamp_clear "$stamp"
  logged "$STATE_DIR/example-load.log" "$EXAMPLE/db/load" "$(role_url freshet_owner)" ${data:+"$data"}
  stamp_set "$stamp" "$hash"
}

# example_build GATEWAY_URL: SDK and page, when their sources changed; the generated types are checked against the live catalog.
example_build() {
  local gateway=$1 hash
  hash=$(content_hash "$ROOT/client-sdk" "$ROOT/examples" "$ROOT/package-lock.json")
  if stamp_is "page.$EXAMPLE_NAME" "$hash" && [[ -d $EXAMPLE/dist ]]; then return 0; fi
  say "building the SDK and the example"
  (cd "$ROOT" && logged "$STATE_DIR/sdk-build.log" npm run --silent build)
  logged "$STATE_DIR/codegen.log" node "$ROOT/client-sdk/packages/codegen/bin/freshet-codegen.mjs" \
    --url "$gateway" --out "$EXAMPLE/src/generated/api.ts" --check
  (cd "$EXAMPLE" && logged "$STATE_DIR/example-build.log" npm run --silent build)
  stamp_set "page.$EXAMPLE_NAME" "$hash"
}

# example_serve PORT GATEWAY_URL: serves the built page in the background; sets EXAMPLE_PID. An example with a server of its own runs that.
example_serve() {
  (
    cd "$EXAMPLE" || exit
    if [[ -f dist/server/control.js ]]; then
      # Its gateway, which it kills, is another one than ours.
      FRESHET_OWNER_URL=$(role_url freshet_owner)
      FRESHET_BIN=$(gateway_binary "$PRESET")
      export FRESHET_OWNER_URL FRESHET_BIN BANK_PORT=$1
      exec "${SERVICE[@]}" node dist/server/control.js
    fi
    export FRESHET_GATEWAY_URL=$2
    # The runner reads the page's settings without writing a file beside them.
    exec "${SERVICE[@]}" node "$ROOT/node_modules/vite/bin/vite.js" preview --configLoader runner \
      --host 127.0.0.1 --port "$1" --strictPort
  ) >"$STATE_DIR/example.log" 2>&1 &
  # shellcheck disable=SC2034  # read by scripts/up
  EXAMPLE_PID=$!
}
