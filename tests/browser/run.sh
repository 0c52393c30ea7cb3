#!/usr/bin/env bash
# Browser tests against the real binary: `tests/browser/run.sh [name …]`, for example `run.sh group-call`.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${TEST_BINARY:-}" ]; then
    (cd ../.. && env -u SKIP_WEB_BUILD cargo build --locked -p whisker)
    # Another target folder is the caller's choice: ask cargo where it is.
    target="$(cd ../.. && cargo metadata --format-version=1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')"
    export TEST_BINARY="$target/debug/whisker"
fi
if grep -q "The pages are not built" "$TEST_BINARY"; then
    echo "$TEST_BINARY has no web pages: build it with npm installed and without SKIP_WEB_BUILD" >&2
    exit 1
fi
npm ci --silent
files=()
for name in "$@"; do files+=("$name.test.mjs"); done
[ ${#files[@]} -gt 0 ] || files=(*.test.mjs)
exec node --test --test-concurrency=1 --test-timeout=300000 "${files[@]}"
