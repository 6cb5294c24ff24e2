# shellcheck shell=bash
# How scripts/up runs what serves: in a session of its own, so that Ctrl-C reaches it once, from us; ended by the kernel should
# we be killed; and not as root.

# ended PID: waits until a child has ended, for at most 20 seconds.
ended() {
  local end=$((SECONDS + 20))
  while kill -0 "$1" 2>/dev/null; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.05
  done
}

# service_prefix: sets SERVICE, the words before a command.
service_prefix() {
  SERVICE=(setsid setpriv --pdeathsig TERM)
  if [[ $(id -u) -eq 0 ]]; then
    local user=(--reuid nobody --regid nogroup --clear-groups)
    if (cd / && setpriv "${user[@]}" -- test -x "$ROOT"); then
      SERVICE+=("${user[@]}" --no-new-privs)
    else
      say "user nobody cannot enter $ROOT: gateway and example run as root"
    fi
  fi
  SERVICE+=(--)
}
