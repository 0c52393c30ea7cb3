#!/usr/bin/env bash
# Every test there is, in rising order of cost. Needs Rust, Node.js 20 or newer and a C compiler; installs Chromium when
# there is none (Debian or Ubuntu). `cargo deny` joins in where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
# Pages are part of what is tested.
unset SKIP_WEB_BUILD

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

# At the beginning, because it may ask for a password.
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

npm_checks() { (cd "$1" && npm ci && npm run typecheck && npm test); }

step "browser"
need_browser
step "format"
cargo fmt --all --check
step "client library"
npm_checks clients/js
(cd clients/js && npm run build)
step "pages"
npm_checks web
step "licences and sources"
if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; else echo "cargo-deny is not installed"; fi
step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
step "Rust tests"
# The integration tests start the binary, which `cargo test` alone does not build.
cargo build --locked -p whisker
cargo test --workspace --locked
step "public SDKs"
tests/sdk/run.sh
step "calls in real browsers"
tests/browser/run.sh
step "all green"
