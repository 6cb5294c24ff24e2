# shellcheck shell=bash
# The gateway beside the private cluster: its settings, by environment so that no password stands in a command line.

gateway_binary() { printf '%s\n' "$ROOT/build/$1/sidecar/src/app/freshet"; }

# gateway_settings PORT: exports what `freshet serve` reads.
gateway_settings() {
  FRESHET_DATABASE_URL=$(role_url freshet_call)
  FRESHET_REPLICATION_URL=$(role_url freshet_stream)
  FRESHET_JWT_KEY=$(password jwt)
  export FRESHET_DATABASE_URL FRESHET_REPLICATION_URL FRESHET_JWT_KEY
  export FRESHET_LISTEN=127.0.0.1:$1 FRESHET_JWT_ALGORITHM=HS256
}

# wait_ready URL PID LOG: until the URL answers, or the process has ended, or a minute has passed.
wait_ready() {
  local url=$1 pid=$2 log=$3 end=$((SECONDS + 60))
  until curl -fsS -o /dev/null --max-time 2 "$url" 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null || [[ $SECONDS -ge $end ]]; then
      tail -n 5 "$log" >&2
      die "$url does not answer; see $log"
    fi
    sleep 0.1
  done
}
