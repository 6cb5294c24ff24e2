# shellcheck shell=bash
# The npm workspace at the root of the tree: installed when its lock file or a package.json changed.

node_packages() {
  local hash
  hash=$(cd "$ROOT" && content_hash package.json package-lock.json -- "$(node --version)")
  if [[ ! -d $ROOT/node_modules ]] || ! stamp_is npm "$hash"; then
    say "installing npm packages"
    # Chromium comes from Debian: no browser is downloaded.
    (cd "$ROOT" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 logged "$ROOT/build/logs/npm.log" npm ci --no-audit --no-fund)
    stamp_set npm "$hash"
  fi
}
