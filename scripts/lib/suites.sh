# shellcheck shell=bash
# The suites: each runs one kind of test and leaves its log and its counts ("passed failed") in build/logs.

# shellcheck disable=SC2034  # read by scripts/test and scripts/lib/one_test
SUITES=(unit regress fuzz sdk harness integration faults model e2e)
LOGS=$ROOT/build/logs

# count SUITE PASSED FAILED
count() { printf '%s %s\n' "$2" "$3" >"$LOGS/$1.count"; }

suite_unit() {
  local status=0
  ctest --test-dir "$ROOT/build/$PRESET" -j "$(nproc)" --output-on-failure --timeout 300 || status=$?
  local failed total
  read -r failed total < <(sed -nE 's/.* ([0-9]+) tests failed out of ([0-9]+)$/\1 \2/p' "$LOGS/unit.log" | tail -n 1) || true
  count unit $((${total:-0} - ${failed:-0})) "${failed:-0}"
  return $status
}

suite_regress() {
  local status=0
  "$ROOT/extension/pg_regress.sh" "$PG_BIN/pg_config" "$ROOT" "$ROOT/build/$PRESET/extension/regress" "$@" || status=$?
  count regress "$(grep -cE '^(test|     )? *[a-z0-9_]+ +\.\.\. ok' "$LOGS/regress.log" || true)" \
    "$(grep -cE '\.\.\. FAILED' "$LOGS/regress.log" || true)"
  return $status
}

# Every replica identity in turn, for a minute.
suite_fuzz() {
  if "$ROOT/scripts/lib/fuzz" "$PRESET" --seconds "${FRESHET_FUZZ_SECONDS:-60}" ${FRESHET_SEED:+--seed "$FRESHET_SEED"}; then
    count fuzz 1 0
  else
    count fuzz 0 1
    return 1
  fi
}

# vitest_run SUITE FOLDER ARGUMENT…: adds its counts to those of the suite.
vitest_run() {
  local suite=$1 dir=$2 status=0 report
  shift 2
  report=$LOGS/$suite.json
  rm -f "$report"
  (cd "$dir" && NO_COLOR=1 npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@") || status=$?
  local passed=0 failed=0 before_passed=0 before_failed=0
  if [[ -f $report ]]; then
    passed=$(jq .numPassedTests "$report")
    failed=$(jq '[.testResults[].assertionResults[] | select(.status == "failed")] | length' "$report")
  fi
  # A file that fails before its first test has no failed test to show.
  [[ $status -eq 0 || $failed -gt 0 ]] || failed=1
  if [[ -f $LOGS/$suite.count ]]; then read -r before_passed before_failed <"$LOGS/$suite.count"; fi
  count "$suite" $((before_passed + passed)) $((before_failed + failed))
  return $status
}

suite_sdk() {
  local status=0 package types=()
  (cd "$ROOT" && npm run --silent build)
  # The whole workspace, tests and benches included: one test.
  if (cd "$ROOT" && npm run --silent typecheck); then count sdk 1 0; else
    status=1
    count sdk 0 1
  fi
  for package in "$ROOT"/client-sdk/packages/*/ "$ROOT"/examples/*/; do
    [[ -n $(find "$package" -name node_modules -prune -o -name e2e -prune -o -name '*.test.ts*' -print -quit) ]] || continue
    types=()
    if jq -r '.scripts.test // ""' "$package/package.json" | grep -q -- --typecheck; then types=(--typecheck); fi
    vitest_run sdk "$package" "${types[@]}" || status=$?
  done
  return $status
}

suite_harness() { vitest_run harness "$ROOT/tests" --project harness "$@"; }
suite_integration() { vitest_run integration "$ROOT/tests" --project integration "$@"; }
suite_model() { FRESHET_TEST_FILES=1 vitest_run model "$ROOT/tests" --project model "$@"; }
suite_faults() { FRESHET_TEST_FILES=1 vitest_run faults "$ROOT/tests" --project faults "$@"; }

# The examples in Chromium, each with a cluster and a gateway of its own.
suite_e2e() {
  local status=0 config
  (cd "$ROOT" && npm run --silent build)
  for config in "$ROOT"/examples/*/vitest.e2e.config.ts; do
    CHROMIUM=${CHROMIUM:-/usr/bin/chromium} vitest_run e2e "${config%/*}" --config vitest.e2e.config.ts "$@" || status=$?
  done
  return $status
}

# run_suite NAME [ARGUMENT…]: with its output in its log; on stderr how it went, and how its log ended when it failed.
run_suite() {
  local suite=$1 status=0 passed=0 failed=0 start=$SECONDS
  mkdir -p "$LOGS"
  rm -f "$LOGS/$suite.count" "$LOGS/$suite.log"
  # Not in an || list: there set -e would be off inside, and a suite would go on after a failed step.
  set +e
  (
    set -e
    "suite_$suite" "${@:2}"
  ) >"$LOGS/$suite.log" 2>&1
  status=$?
  set -e
  if [[ -f $LOGS/$suite.count ]]; then read -r passed failed <"$LOGS/$suite.count"; fi
  # No test run, or a failure that no test shows: counts as one.
  if [[ $((passed + failed)) -eq 0 || ($status -ne 0 && $failed -eq 0) ]]; then failed=$((failed + 1)); fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  if [[ $failed -gt 0 ]]; then
    tail -n "${FRESHET_TAIL:-60}" "$LOGS/$suite.log" >&2
    say "whole log: $LOGS/$suite.log"
  fi
  say "$(printf '%-12s %5d passed, %d failed  %4d s' "$suite" "$passed" "$failed" "$((SECONDS - start))")"
}
