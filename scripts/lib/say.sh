# shellcheck shell=bash
# How the scripts speak: progress and errors on stderr, so that stdout stays for results.

say() { printf '%s\n' "$*" >&2; }

# One line, exit 1; what is wrong and what to do about it.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Like die, for a wrong command line.
usage_error() {
  printf '%s: %s (see %s --help)\n' "${0##*/}" "$*" "${0##*/}" >&2
  exit 2
}

# Runs a command with its output in a log file; shows the end of the log only when it fails.
logged() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "failed: $* (whole log: $log)"
  fi
}
