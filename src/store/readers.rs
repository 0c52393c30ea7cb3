//! Read-only connections, each used by one blocking thread at a time.
//!
//! At most [`CONNECTIONS`] reads run at once; further callers wait their turn, first come first served.
use crate::{
    error::{Closed, Failure, Panicked, Result, unavailable},
    metrics::{self, StoreMetrics},
    sql,
};
use domain::Error;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use tokio::sync::Semaphore;

/// Reads that run at once.
const CONNECTIONS: usize = 4;
/// Memory one read connection may keep for pages, KiB.
const PAGE_CACHE_KIB: u32 = 1024;

pub(crate) struct Readers {
    shared: Arc<Shared>,
    /// One permit per connection.
    permits: Arc<Semaphore>,
}

struct Shared {
    path: PathBuf,
    /// Open and unused; at most [`CONNECTIONS`]. A connection whose work panicked does not come back.
    idle: Mutex<Vec<Connection>>,
    metrics: Arc<StoreMetrics>,
}

impl Readers {
    /// Opens nothing yet: connections are made when they are needed.
    pub(crate) fn new(path: PathBuf, metrics: Arc<StoreMetrics>) -> Self {
        let shared = Shared { path, idle: Mutex::default(), metrics };
        Self { shared: Arc::new(shared), permits: Arc::new(Semaphore::new(CONNECTIONS)) }
    }

    /// Runs `work` on one consistent state of the database.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Error> {
        let asked = Instant::now();
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| unavailable(Closed))?;
        let shared = Arc::clone(&self.shared);
        let result = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let result = shared.run(work);
            let seconds = &shared.metrics.read_seconds;
            seconds.with_label_values(&["wait"]).observe((started - asked).as_secs_f64());
            seconds.with_label_values(&["run"]).observe(started.elapsed().as_secs_f64());
            // Held until here, also when the caller has stopped waiting.
            drop(permit);
            result
        })
        .await
        .unwrap_or_else(|_| Err(Failure::Broken(Box::new(Panicked))));
        if matches!(result, Err(Failure::Broken(_))) {
            self.shared.metrics.count_failure(metrics::READ);
        }
        result.map_err(Error::from)
    }

    /// Closes the idle connections. Later reads fail.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.shared.idle.lock().clear();
    }
}

impl Shared {
    fn run<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open(&self.path)?,
        };
        let result = work(&*connection.transaction()?);
        self.idle.lock().push(connection);
        result
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    sql::configure(&connection, PAGE_CACHE_KIB)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::Registry;
    use std::sync::{Condvar, Mutex as Gate};
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn so_many_reads_run_at_once_and_one_more_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read.db");
        Connection::open(&path).unwrap();
        let metrics = Arc::new(StoreMetrics::register(&Registry::new()).unwrap());
        let readers = Arc::new(Readers::new(path, metrics));
        let (started, mut starts) = mpsc::unbounded_channel();
        let gate = Arc::new((Gate::new(false), Condvar::new()));
        let read = || {
            let (readers, started, gate) = (readers.clone(), started.clone(), gate.clone());
            tokio::spawn(async move {
                let work = move |_: &Connection| {
                    started.send(()).unwrap();
                    let closed = gate.0.lock().unwrap();
                    drop(gate.1.wait_while(closed, |is_open| !*is_open).unwrap());
                    Ok(())
                };
                readers.run(work).await
            })
        };
        let reads: Vec<_> = (0..=CONNECTIONS).map(|_| read()).collect();
        for _ in 0..CONNECTIONS {
            starts.recv().await.unwrap();
        }
        assert_eq!((starts.try_recv().is_ok(), readers.permits.available_permits()), (false, 0));
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        for read in reads {
            read.await.unwrap().unwrap();
        }
        starts.recv().await.unwrap();
        assert!(readers.shared.idle.lock().len() <= CONNECTIONS);
    }
}
