//! SockJS payloads and frames from arbitrary bytes. The invariants are at the entry point.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stomp::fuzzing::sockjs(data));
