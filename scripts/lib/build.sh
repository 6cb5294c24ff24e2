# shellcheck shell=bash
# Building with CMake, and putting the extension where PostgreSQL looks for it.

# configure PRESET [cmake arguments…]: cheap when nothing changed.
configure() {
  local preset=$1
  shift
  if [[ ! -f $ROOT/build/$preset/build.ninja || $# -gt 0 ]]; then
    (cd "$ROOT" && logged "$ROOT/build/logs/configure-$preset.log" cmake --preset "$preset" "$@")
  fi
}

# build PRESET [targets…]
build() {
  local preset=$1
  shift
  configure "$preset"
  logged "$ROOT/build/logs/build-$preset.log" cmake --build "$ROOT/build/$preset" -- "$@"
}

# Runs a command as root: directly, or with sudo.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else
    command -v sudo >/dev/null || die "this step needs root, and sudo is not installed: $*"
    sudo "$@"
  fi
}

# Installs the built extension into the server's own directories. PostgreSQL 15 looks nowhere else for it.
install_extension() {
  local preset=$1 staged=$ROOT/build/$1/stage
  rm -rf "$staged"
  DESTDIR=$staged logged "$ROOT/build/logs/install-$preset.log" \
    cmake --install "$ROOT/build/$preset" --component extension
  local file changed=()
  while IFS= read -r -d '' file; do
    cmp -s "$staged$file" "$file" || changed+=("$file")
  done < <(cd "$staged" && find . -type f -printf '/%P\0')
  for file in "${changed[@]}"; do
    # Through a new name: a running server keeps the library that it has mapped.
    as_root install -D -m "$(stat -c %a "$staged$file")" "$staged$file" "$file.new"
    as_root mv -f "$file.new" "$file"
  done
}
