# shellcheck shell=bash
# Building with CMake, and putting the extension where PostgreSQL looks for it.

# Two trees share what was compiled: the cache sees paths relative to the tree.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT}

# configure PRESET [cmake arguments…]: cheap when nothing changed.
configure() {
  local preset=$1
  shift
  if [[ ! -f $ROOT/build/$preset/build.ninja || $# -gt 0 ]]; then
    (cd "$ROOT" && logged "$ROOT/build/logs/configure-$preset.log" cmake --preset "$preset" -DPG_CONFIG="$PG_CONFIG" "$@")
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

# stage_extension PRESET: what `cmake --install` gives, below build/PRESET/stage.
stage_extension() {
  rm -rf "$ROOT/build/$1/stage"
  DESTDIR=$ROOT/build/$1/stage logged "$ROOT/build/logs/install.log" cmake --install "$ROOT/build/$1" --component extension
}

# install_staged PRESET PREFIX [as_root]: puts what differs from the stage below PREFIX, through new names: a running server keeps
# the library that it has mapped.
install_staged() {
  local staged=$ROOT/build/$1/stage prefix=$2 as=${3-} file changed=()
  while IFS= read -r -d '' file; do
    cmp -s "$staged$file" "$prefix$file" || changed+=("$file")
  done < <(cd "$staged" && find . -type f -printf '/%P\0')
  for file in "${changed[@]}"; do
    $as install -D -m "$(stat -c %a "$staged$file")" "$staged$file" "$prefix$file.new"
    $as mv -f "$prefix$file.new" "$prefix$file"
  done
}

# Installs the built extension into the machine's own server, for clusters that are not this tree's.
install_extension() {
  stage_extension "$1"
  install_staged "$1" '' as_root
}
