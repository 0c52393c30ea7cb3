# Everything CI does, by name. `just` lists the recipes; without just, copy the lines.

default:
    @just --list

# Start the server with everything embedded.
run *arguments:
    cargo run --release -- {{arguments}}

# Everything that must be green: format, lints, tests of Rust, of the client, and in real browsers.
test:
    tests/run.sh

# Format, lints, house rules.
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test -p whisker-tests --test it house

# Licences, sources, bans.
deny:
    cargo deny check licenses bans sources

# Fuzz one target for some seconds: `just fuzz stomp_decode 600`.
fuzz target seconds="60":
    tests/fuzz/run.sh {{target}} {{seconds}}

# Benchmarks; docs/performance.md says how to read them.
bench:
    cargo bench -p whisker-sfu --bench forward
    cargo bench -p whisker-media --bench loopback
    cargo bench -p whisker-store --bench durable_writes

# Rewrite golden files and generated documents.
golden:
    UPDATE_GOLDEN=1 cargo test -p whisker-wire -p whisker --lib

# Browser tests only: `just browser group-call`.
browser *names:
    tests/browser/run.sh {{names}}

# Public SDKs only: `just sdk channels`, `just sdk --sdk J1 --verbose`.
sdk *arguments:
    tests/sdk/run.sh {{arguments}}
