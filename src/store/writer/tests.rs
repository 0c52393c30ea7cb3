//! The writer thread: groups are one commit, and one bad write hurts nobody else.
use super::*;
use prometheus::Registry;
use rusqlite::ffi;
use std::sync::mpsc as sync;
use tokio::task::{JoinHandle, yield_now};

type Answer<T> = oneshot::Receiver<std::result::Result<T, Error>>;

fn metrics() -> Arc<StoreMetrics> {
    Arc::new(StoreMetrics::register(&Registry::new()).unwrap())
}

/// A database with a table `notes`, and a table whose broken reference makes COMMIT fail.
fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE notes (text TEXT NOT NULL UNIQUE);
             CREATE TABLE late (note TEXT REFERENCES notes (text) DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    connection
}

fn note(text: &'static str) -> impl FnOnce(&Connection) -> Result<&'static str> + Send + 'static {
    move |connection| {
        connection.execute("INSERT INTO notes VALUES (?1)", [text])?;
        Ok(text)
    }
}

fn notes(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT text FROM notes ORDER BY rowid").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(rusqlite::Result::unwrap).collect()
}

/// Jobs of one group.
#[derive(Default)]
struct Group(Vec<Box<dyn Job>>);

impl Group {
    fn add<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Answer<T> {
        let (job, answer) = Pending::new(work);
        self.0.push(Box::new(job));
        answer
    }
}

#[test]
fn a_group_is_one_commit_and_everyone_gets_their_own_answer() {
    let (connection, metrics, mut group) = (database(), metrics(), Group::default());
    let mut answers: Vec<_> = ["a", "b", "c"].into_iter().map(|text| group.add(note(text))).collect();
    commit_group(&connection, &mut group.0, &metrics);
    let answers: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap().unwrap()).collect();
    assert_eq!(answers, ["a", "b", "c"]);
    assert_eq!(notes(&connection), ["a", "b", "c"]);
    assert_eq!(metrics.commit_writes.get_sample_count(), 1);
    assert_eq!(metrics.commit_writes.get_sample_sum(), 3.0);
}

#[test]
fn a_write_that_fails_undoes_itself_and_nobody_else() {
    let (connection, metrics, mut group) = (database(), metrics(), Group::default());
    let mut first = group.add(note("first"));
    let mut refused = group.add(|connection| {
        note("half done")(connection)?;
        Err::<(), _>(Failure::conflict("no"))
    });
    let mut broken = group.add(|connection| {
        note("half done")(connection)?;
        note("first")(connection)
    });
    let mut panics = group.add(|connection| -> Result<()> {
        note("half done")(connection)?;
        panic!("a bug in a work: this line in the output of the test is expected");
    });
    let mut last = group.add(note("last"));
    commit_group(&connection, &mut group.0, &metrics);
    assert_eq!(first.try_recv().unwrap().unwrap(), "first");
    assert!(matches!(refused.try_recv().unwrap(), Err(Error::Conflict { .. })));
    assert!(matches!(broken.try_recv().unwrap(), Err(Error::Unavailable(_))));
    assert!(matches!(panics.try_recv().unwrap(), Err(Error::Unavailable(_))));
    assert_eq!(last.try_recv().unwrap().unwrap(), "last");
    assert_eq!(notes(&connection), ["first", "last"]);
    assert_eq!(metrics.failures.with_label_values(&[metrics::WRITE]).get(), 2);
    assert_eq!(metrics.failures.with_label_values(&[metrics::COMMIT]).get(), 0);
}

#[test]
fn a_failing_commit_fails_the_whole_group_and_the_next_group_works() {
    let broken_reference = |connection: &Connection| {
        connection.execute("INSERT INTO late VALUES ('nobody')", [])?;
        Ok(())
    };
    // What SQLite does by itself when the disk is full in the middle of a transaction.
    let lost_transaction = |connection: &Connection| {
        connection.execute_batch("ROLLBACK")?;
        Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None).into())
    };
    let culprits: [fn(&Connection) -> Result<()>; 2] = [broken_reference, lost_transaction];
    for culprit in culprits {
        let (connection, metrics, mut group) = (database(), metrics(), Group::default());
        let mut before = group.add(note("before"));
        let mut cause = group.add(culprit);
        let mut after = group.add(note("after"));
        commit_group(&connection, &mut group.0, &metrics);
        assert!(matches!(before.try_recv().unwrap(), Err(Error::Unavailable(_))));
        assert!(matches!(cause.try_recv().unwrap(), Err(Error::Unavailable(_))));
        assert!(matches!(after.try_recv().unwrap(), Err(Error::Unavailable(_))));
        assert_eq!(notes(&connection), [""; 0]);
        assert_eq!(metrics.failures.with_label_values(&[metrics::COMMIT]).get(), 1);

        let mut next = group.add(note("next"));
        commit_group(&connection, &mut group.0, &metrics);
        assert_eq!(next.try_recv().unwrap().unwrap(), "next");
        assert_eq!(notes(&connection), ["next"]);
    }
}

/// A writer that is busy with one write until told to go on.
struct Busy {
    writer: Arc<Writer>,
    go_on: sync::Sender<()>,
    first: JoinHandle<std::result::Result<(), Error>>,
}

impl Busy {
    async fn start() -> Self {
        let writer = Arc::new(Writer::start(database(), metrics()).unwrap());
        let (go_on, wait) = sync::channel::<()>();
        let (entered, has_entered) = oneshot::channel();
        let of_task = Arc::clone(&writer);
        let first = tokio::spawn(async move {
            let work = move |_: &Connection| {
                entered.send(()).expect("invariant: the test waits");
                wait.recv().expect("invariant: the test says go on");
                Ok(())
            };
            of_task.run(work).await
        });
        has_entered.await.unwrap();
        Self { writer, go_on, first }
    }

    fn spawn(&self, text: String) -> JoinHandle<std::result::Result<(), Error>> {
        let writer = Arc::clone(&self.writer);
        tokio::spawn(async move {
            let work = move |connection: &Connection| {
                connection.execute("INSERT INTO notes VALUES (?1)", [text])?;
                Ok(())
            };
            writer.run(work).await
        })
    }

    fn queued(&self) -> i64 {
        self.writer.metrics.write_queue.get()
    }

    async fn until_queued(&self, writes: usize) {
        while self.queued() < writes as i64 {
            yield_now().await;
        }
    }
}

#[tokio::test]
async fn writes_that_wait_together_are_committed_together_up_to_the_limit_of_a_group() {
    for (waiting, expected_commits) in [(GROUP_WRITES, 1), (GROUP_WRITES + 1, 2)] {
        let busy = Busy::start().await;
        let writes: Vec<_> = (0..waiting).map(|i| busy.spawn(i.to_string())).collect();
        busy.until_queued(waiting).await;
        busy.go_on.send(()).unwrap();
        busy.first.await.unwrap().unwrap();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        let commits = &busy.writer.metrics.commit_writes;
        assert_eq!(commits.get_sample_count(), 1 + expected_commits, "{waiting} writes waited");
        assert_eq!(commits.get_sample_sum(), (1 + waiting) as f64);
    }
}

#[tokio::test]
async fn a_full_queue_makes_callers_wait_and_drops_nobody() {
    for over in [0, 1] {
        let busy = Busy::start().await;
        let writes: Vec<_> = (0..QUEUE_WRITES + over).map(|i| busy.spawn(i.to_string())).collect();
        busy.until_queued(QUEUE_WRITES).await;
        // One turn of this single-threaded runtime lets every task that can go on do so.
        yield_now().await;
        assert_eq!(busy.queued(), QUEUE_WRITES as i64);
        busy.go_on.send(()).unwrap();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        assert_eq!(busy.queued(), 0);
    }
}

#[tokio::test]
async fn a_write_is_carried_out_even_if_its_caller_stops_waiting() {
    let busy = Busy::start().await;
    let impatient = busy.spawn("impatient".to_owned());
    busy.until_queued(1).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    busy.go_on.send(()).unwrap();
    assert_eq!(busy.writer.run(|connection| Ok(notes(connection))).await.unwrap(), ["impatient"]);
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
    let busy = Busy::start().await;
    let (ran, mut has_run) = oneshot::channel();
    let of_task = Arc::clone(&busy.writer);
    let queued = tokio::spawn(async move {
        let work = move |_: &Connection| {
            ran.send(()).expect("invariant: the test waits");
            Ok(())
        };
        of_task.run(work).await
    });
    busy.until_queued(1).await;
    // Nobody waits for it any more, so only the writer itself can remember it.
    queued.abort();
    assert!(queued.await.unwrap_err().is_cancelled());
    let closing = tokio::spawn({
        let writer = Arc::clone(&busy.writer);
        async move { writer.close().await }
    });
    while busy.writer.queue.read().is_some() {
        yield_now().await;
    }
    assert!(matches!(busy.writer.run(note("late")).await, Err(Error::Unavailable(_))));
    assert!(!closing.is_finished());
    busy.first.abort();
    busy.go_on.send(()).unwrap();
    closing.await.unwrap();
    has_run.try_recv().unwrap();
}
