//! What every store must do: one suite, run on each of them.
//!
//! ```text
//!   apps users channels members calls events   cases  × { memory, SQLite }      (`suite!` in `support`)
//!   chats                                      messages, read state, moderation, × { memory, SQLite }
//!   twins chat_twins                           random steps on both; they must agree on everything
//!   restart durability                         what only a file can do: survive
//! ```
//!
//! A new store joins by one more module in `suite!`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "the whole crate is a test, its helpers too")]

#[macro_use]
mod support;

mod apps;
mod calls;
mod channels;
mod chat_twins;
mod chats;
mod durability;
mod events;
mod members;
mod restart;
mod twins;
mod users;
