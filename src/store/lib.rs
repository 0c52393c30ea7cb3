//! Durable truth in SQL: the store behind the domain's ports.
//!
//! ```text
//!   Store::save_call(..)  ─▶ bounded queue ─▶ writer thread ──────────────▶ SQLite file (WAL)
//!   Store::record(..)     ─▶                  takes all that waits,            ▲
//!                         ◀─ answers          one savepoint each,              │
//!                            after COMMIT     ONE commit (fsync) for all       │
//!   Store::list_users(..) ─▶ a permit ─▶ blocking thread + read-only connection┘
//! ```
//!
//! - `sqlite` is the store; `writer` and `readers` are the two ways to a connection.
//! - `apps users channels members calls events` hold the queries and row mapping of one aggregate each; of a chat,
//!   `messages sends threads reactions reads notifications seats blocks` do.
//! - `sql` and `rows` are what they share; `migrate` brings the file to this program's schema.
//!
//! SQL is written in the subset that SQLite and PostgreSQL share, with `$1`-style parameters; where it is not, a
//! comment begins with "Dialect:".
//!
//! Invariants
//! - A write is answered after its commit was synced, never before; a failed write leaves nothing behind.
//! - Events get the next number of their channel in the transaction of the write that caused them.
//! - A read sees one committed state, and every write answered before it began.
mod apps;
mod blocks;
mod calls;
mod channels;
mod error;
mod events;
mod members;
mod messages;
mod metrics;
mod migrate;
mod notifications;
mod reactions;
mod readers;
mod reads;
mod rows;
mod seats;
mod sends;
mod sql;
mod sqlite;
mod threads;
mod users;
mod writer;

pub use error::OpenError;
pub use metrics::StoreMetrics;
pub use sqlite::SqliteStore;
