//! Destinations from arbitrary text. The invariants are at the entry point.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzzing::destination(data));
