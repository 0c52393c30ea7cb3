#!/usr/bin/env bash
# Browser tests against the real binary: `tests/browser/run.sh [name …]`, for example `run.sh group-call`.
set -euo pipefail
cd "$(dirname "$0")"
[ -n "${TEST_BINARY:-}" ] || (cd ../.. && cargo build --locked -p whisker)
npm ci --no-audit --no-fund --silent
files=()
for name in "$@"; do files+=("$name.test.mjs"); done
[ ${#files[@]} -gt 0 ] || files=(*.test.mjs)
exec node --test --test-concurrency=1 --test-timeout=300000 "${files[@]}"
