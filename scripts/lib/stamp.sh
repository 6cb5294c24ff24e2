# shellcheck shell=bash
# Skipping work that has been done: a step is done when the content it was made from has not changed.
# Content hashes, not times: a checkout or a copied tree must not repeat or skip work.

# Hash of the content of files and folders (build output and dependencies left out), and of plain words after --.
content_hash() {
  local files=()
  while [[ $# -gt 0 && $1 != -- ]]; do
    files+=("$1")
    shift
  done
  {
    if [[ ${#files[@]} -gt 0 ]]; then
      find "${files[@]}" \( -name node_modules -o -name dist -o -name build -o -name .cache \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 --no-run-if-empty sha256sum
    fi
    printf '%s\n' "$@"
  } | sha256sum | cut -d' ' -f1
}

# stamp_is NAME HASH: was the step done for this content?
stamp_is() { [[ -f $STATE_DIR/stamps/$1 && $(<"$STATE_DIR/stamps/$1") == "$2" ]]; }

stamp_set() {
  mkdir -p "$STATE_DIR/stamps"
  printf '%s\n' "$2" >"$STATE_DIR/stamps/$1"
}

stamp_clear() { rm -f "$STATE_DIR/stamps/$1"; }
