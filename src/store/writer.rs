//! The only thread that writes, and its group commit.
//!
//! ```text
//!   run(work) ─▶ queue (QUEUE_WRITES) ─▶ take everything waiting, at most GROUP_WRITES
//!                                        BEGIN IMMEDIATE
//!                                          SAVEPOINT  work 1  RELEASE
//!                                          SAVEPOINT  work 2  ROLLBACK TO   (failed: leaves nothing)
//!                                        COMMIT                             (one fsync for all)
//!   answers  ◀──────────────────────────  every work of the group
//! ```
//!
//! While one group is being synced the next one gathers in the queue: the busier, the larger the groups. A full queue
//! makes callers wait; nothing is dropped.
//!
//! Invariants
//! - Nobody is answered before COMMIT has returned; a failed COMMIT fails the whole group.
//! - A write whose caller stopped waiting is carried out all the same.
//! - A panic in one work undoes that work only.
use crate::{
    error::{Closed, Failure, NotCommitted, Panicked, Result, unavailable},
    metrics::{self, StoreMetrics},
};
use domain::Error;
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait; further callers wait before they queue.
const QUEUE_WRITES: usize = 1024;
/// Most writes in one commit.
pub(crate) const GROUP_WRITES: usize = 512;

/// The queue in front of the writer thread.
pub(crate) struct Writer {
    /// `None` once closed.
    queue: RwLock<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    metrics: Arc<StoreMetrics>,
}

impl Writer {
    /// Starts the thread, which owns `connection` from now on.
    pub(crate) fn start(connection: Connection, metrics: Arc<StoreMetrics>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE_WRITES);
        let of_thread = Arc::clone(&metrics);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_until_closed(&connection, receiver, &of_thread))?;
        Ok(Self { queue: RwLock::new(Some(sender)), thread: Mutex::new(Some(thread)), metrics })
    }

    /// Runs `work` in a savepoint of the next group and answers once that group is durable.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Error> {
        let queue = self.queue.read().clone().ok_or_else(|| unavailable(Closed))?;
        let (job, answer) = Pending::new(work);
        let place = queue.reserve().await.map_err(|_| unavailable(Closed))?;
        self.metrics.write_queue.inc();
        place.send(Box::new(job));
        answer.await.unwrap_or_else(|_| Err(unavailable(Closed)))
    }

    /// Carries out what is queued, then ends the thread. Later writes fail.
    pub(crate) async fn close(&self) {
        drop(self.queue.write().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // Joining blocks, so it happens on a thread made for that. A panic of the writer has already failed all
            // of its callers.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn write_until_closed(
    connection: &Connection,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    metrics: &StoreMetrics,
) {
    let mut group = Vec::with_capacity(GROUP_WRITES);
    while queue.blocking_recv_many(&mut group, GROUP_WRITES) > 0 {
        metrics.write_queue.sub(i64::try_from(group.len()).expect("invariant: at most GROUP_WRITES"));
        commit_group(connection, &mut group, metrics);
    }
    // Folds the log into the database file. If it fails, the next start does it.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

/// One transaction for the whole group; empties it.
fn commit_group(connection: &Connection, group: &mut Vec<Box<dyn Job>>, metrics: &StoreMetrics) {
    let started = Instant::now();
    let committed = run_group(connection, group, metrics);
    metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
    metrics.commit_writes.observe(group.len() as f64);
    let verdict = committed.map_err(|error| {
        metrics.count_failure(metrics::COMMIT);
        if !connection.is_autocommit() {
            // Nothing of the group may leak into the next one; if even this fails, the next BEGIN fails too.
            let _ = connection.execute_batch("ROLLBACK");
        }
        NotCommitted { writes: group.len(), source: Arc::new(error) }
    });
    for job in group.drain(..) {
        job.answer(verdict.as_ref().copied());
    }
}

fn run_group(
    connection: &Connection,
    group: &mut [Box<dyn Job>],
    metrics: &StoreMetrics,
) -> rusqlite::Result<()> {
    execute(connection, "BEGIN IMMEDIATE")?;
    for job in group {
        execute(connection, "SAVEPOINT work")?;
        let outcome = job.run(connection);
        if outcome == Outcome::Broken {
            metrics.count_failure(metrics::WRITE);
        }
        // A full disk makes SQLite roll back the whole transaction; then this and COMMIT fail, and so does the group.
        if outcome != Outcome::Done {
            execute(connection, "ROLLBACK TO work")?;
        }
        execute(connection, "RELEASE work")?;
    }
    execute(connection, "COMMIT")
}

fn execute(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// How one work went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Undo it: the request is the reason.
    Refused,
    /// Undo it: the database or a bug is the reason.
    Broken,
}

/// A work in the queue, whatever it returns.
trait Job: Send {
    /// Does the work and keeps what it returned.
    fn run(&mut self, connection: &Connection) -> Outcome;
    /// Tells the caller, after the commit.
    fn answer(self: Box<Self>, committed: std::result::Result<(), &NotCommitted>);
}

struct Pending<F, T> {
    /// `None` once run.
    work: Option<F>,
    /// `None` until run.
    result: Option<std::result::Result<T, Error>>,
    caller: oneshot::Sender<std::result::Result<T, Error>>,
}

impl<F, T> Pending<F, T> {
    fn new(work: F) -> (Self, oneshot::Receiver<std::result::Result<T, Error>>) {
        let (caller, answer) = oneshot::channel();
        (Self { work: Some(work), result: None, caller }, answer)
    }
}

impl<F, T> Job for Pending<F, T>
where
    F: FnOnce(&Connection) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Outcome {
        let work = self.work.take().expect("invariant: a job runs once");
        // Unwind safety: what the work has done to the database is rolled back, and it shares nothing else.
        let (result, outcome) = match catch_unwind(AssertUnwindSafe(|| work(connection))) {
            Ok(Ok(value)) => (Ok(value), Outcome::Done),
            Ok(Err(Failure::Refused(error))) => (Err(error), Outcome::Refused),
            Ok(Err(failure)) => (Err(failure.into()), Outcome::Broken),
            Err(_) => (Err(unavailable(Panicked)), Outcome::Broken),
        };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: std::result::Result<(), &NotCommitted>) {
        let result = match committed {
            Ok(()) => self.result.expect("invariant: a group is committed after all of its jobs ran"),
            Err(error) => Err(unavailable(error.clone())),
        };
        // The caller may have stopped waiting.
        let _ = self.caller.send(result);
    }
}

#[cfg(test)]
mod tests;
