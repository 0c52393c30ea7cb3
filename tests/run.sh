#!/usr/bin/env bash
# Every test there is, in rising order of cost. Installs what it needs (Debian or Ubuntu for the browser).
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

need_browser() {
    [ -n "${CHROMIUM:-}" ] && return
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq chromium
}

step "browser"
need_browser
step "format"
cargo fmt --all --check
step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
step "Rust tests"
cargo build --locked -p whisker
cargo test --workspace --locked
step "client library"
(cd clients/js && npm ci --no-audit --no-fund && npm run typecheck && npm test && npm run build)
step "calls in real browsers"
tests/browser/run.sh
step "all green"
