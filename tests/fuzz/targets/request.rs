//! Bodies of actions from arbitrary bytes. The invariants are at the entry point.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzzing::request(data));
