//! Decrypted compound RTCP. The invariants are at the entry point.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sfu::fuzzing::rtcp(data));
