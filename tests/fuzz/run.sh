#!/usr/bin/env bash
# Fuzzes one target for some seconds: `tests/fuzz/run.sh stomp_decode 600`. Needs a nightly compiler and cargo-fuzz.
#
# Inputs that reach new code are kept in target/corpus/<target>, not among the committed ones; `MINIMIZE=1` afterwards
# merges a small set that covers the same lines into corpus/<target>. A crash is written to artifacts/<target>: fix it,
# then commit the input to corpus/<target>, where tests/it/fuzz_corpus.rs replays it for ever.
set -euo pipefail
cd "$(dirname "$0")"

target="${1:?a target, one of: $(ls targets | sed 's/\.rs$//' | tr '\n' ' ')}"
seconds="${2:-60}"
build="${FUZZ_TARGET_DIR:-$PWD/target}"
found="$build/corpus/$target"
mkdir -p "$found" "corpus/$target" "artifacts/$target"

options=(-max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
[ -f "dictionaries/$target.dict" ] && options+=("-dict=dictionaries/$target.dict")

fuzz() { cargo +nightly fuzz "$1" --fuzz-dir . --target-dir "$build" "$target" "${@:2}"; }

if [ -n "${MINIMIZE:-}" ]; then
    smallest="$(mktemp -d)"
    fuzz run "$smallest" "corpus/$target" "$found" -- -set_cover_merge=1 -use_counters=0 "${options[@]}"
    cp -n "$smallest"/* "corpus/$target/"
    rm -r "$smallest"
else
    fuzz run "$found" "corpus/$target" -- "-max_total_time=$seconds" "${options[@]}"
fi
