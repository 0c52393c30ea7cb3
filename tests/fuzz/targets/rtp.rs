//! Decrypted RTP packets of a publisher. The invariants are at the entry point.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sfu::fuzzing::rtp(data));
