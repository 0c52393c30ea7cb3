//! Integration tests: the real binary over real sockets, and the rules of the house.
#![allow(clippy::panic, reason = "the whole crate is a test, its helpers too")]

mod bad_input;
mod calls;
mod chat;
mod contract;
mod fuzz_corpus;
mod house;
mod sessions;
