#!/usr/bin/env bash
# pg_regress.sh PG_CONFIG SOURCE_DIR OUTPUT_DIR [TEST…]: the pg_regress suite on a temporary instance with wal_level=logical.
# Postgres refuses root, so as root everything runs as user postgres, in a directory of its own.
set -euo pipefail
pg_config=$1 source=$2 output=$3
shift 3
pg_regress="$(dirname "$("$pg_config" --pgxs)")/../../src/test/regress/pg_regress"
work=$(mktemp -d "${TMPDIR:-/tmp}/freshet-regress-XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -r "$source/sql" "$source/expected" "$work/"
printf '%s\n' 'wal_level = logical' 'fsync = off' 'max_prepared_transactions = 10' \
  "output_plugin_libraries = 'pgoutput, test_decoding, freshet'" >"$work/temp.conf"
if [ $# -eq 0 ]; then
  mapfile -t tests < <(cd "$source/sql" && ls -- *.sql | sed 's/\.sql$//' | LC_ALL=C sort)
else
  tests=("$@")
fi
# A new test has no expected result yet: it fails against an empty one, and `scripts/dev accept` takes what it gave.
for test in "${tests[@]}"; do
  [ -e "$work/expected/$test.out" ] || : >"$work/expected/$test.out"
done
as=()
if [ "$(id -u)" = 0 ]; then
  chown -R postgres "$work"
  as=(runuser -u postgres --)
fi
# Tests call pg_dump and pg_restore of the server under test.
export PATH="$("$pg_config" --bindir):$PATH"
status=0
(cd "$work" && "${as[@]}" "$pg_regress" --inputdir="$work" --outputdir="$work" --bindir="$("$pg_config" --bindir)" \
  --temp-instance="$work/instance" --temp-config="$work/temp.conf" --encoding=UTF8 --no-locale "${tests[@]}") || status=$?
mkdir -p "$output"
rm -rf "$output/results"
cp -r "$work/results" "$output/" 2>/dev/null || true
for file in regression.diffs regression.out; do
  rm -f "$output/$file"
  if [ -f "$work/$file" ]; then cp "$work/$file" "$output/"; fi
done
if [ $status -ne 0 ] && [ -f "$output/regression.diffs" ]; then head -c 20000 "$output/regression.diffs"; fi
exit $status
