#!/usr/bin/env bash
# The published SDKs, unmodified, against the real binary: `tests/sdk/run.sh [--sdk J1] [--feature messages] [file …]`.
set -euo pipefail
cd "$(dirname "$0")"
[ -n "${TEST_BINARY:-}" ] || (cd ../.. && cargo build --locked -p whisker)
npm ci --no-audit --no-fund --silent
exec node run.mjs "$@"
