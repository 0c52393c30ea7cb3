//! What a file must do beyond the suite: be there after a restart, refuse what it cannot read, stay private.
use crate::support::*;
use domain::{Error, ports::Store};
use model::channel::ChannelKind;
use prometheus::Registry;
use rusqlite::Connection;
use std::sync::Arc;
use store::{OpenError, SqliteStore, StoreMetrics};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("whisker.db");
    let store = open(&path);
    let app = app(&store, "one").await;
    let ann = user(&store, app.id, "ann").await;
    let new = new_channel(app.id, ChannelKind::Public, "cats", &[&ann]);
    let channel = created(store.create_channel(new).await.unwrap());
    let told = event(app.id, Some(channel.id), &ann);
    let _ = store.record(vec![told.clone(), told.clone()]).await.unwrap();
    let call = ringing_call(store.next_call_id().await.unwrap(), &channel, &ann);
    let _ = store.save_call(&call, &[invited(ann.id)], vec![]).await.unwrap();
    let reserved = store.next_call_id().await.unwrap();
    store.close().await;

    let store = open(&path);
    assert_eq!(store.first_app().await.unwrap(), Some(app.clone()));
    assert_eq!(store.user_by_name(app.id, "ann").await.unwrap(), Some(ann.clone()));
    assert_eq!(store.member(channel.id, ann.id).await.unwrap().map(|member| member.user), Some(ann.id));
    assert_eq!(store.open_calls().await.unwrap(), [(call, vec![invited(ann.id)])]);
    assert!(store.next_call_id().await.unwrap() > reserved);
    let write = store.record(vec![told]).await.unwrap();
    assert_eq!(write.events[0].place, Some((channel.id, 3)));
    store.close().await;
}

#[tokio::test]
async fn a_closed_store_answers_unavailable() {
    let files = tempfile::tempdir().unwrap();
    let store = open(&files.path().join("whisker.db"));
    store.close().await;
    assert!(matches!(store.ready().await, Err(Error::Unavailable(_))));
    assert!(matches!(store.first_app().await, Err(Error::Unavailable(_))));
    store.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused_with_both_versions() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("whisker.db");
    open(&path).close().await;
    Connection::open(&path)
        .unwrap()
        .execute("INSERT INTO schema_versions VALUES (99, 'future')", [])
        .unwrap();
    let error = SqliteStore::open(&path, metrics()).err().unwrap();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("version 99") && text.contains("whisker.db") && text.contains("newer release"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_not_a_database_is_refused_and_named() {
    let files = tempfile::tempdir().unwrap();
    let text_file = files.path().join("notes.txt");
    std::fs::write(&text_file, "These are notes, and by no means a database. ".repeat(100)).unwrap();
    for path in [text_file.clone(), files.path().join("no such folder/whisker.db"), files.path().to_owned()] {
        let error = SqliteStore::open(&path, metrics()).err().unwrap();
        assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    assert!(std::fs::read_to_string(&text_file).unwrap().starts_with("These are notes"));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let files = tempfile::tempdir().unwrap();
    let store = open(&files.path().join("whisker.db"));
    app(&store, "one").await;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(files.path()).unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name());
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
    }
    assert!(names.len() > 1, "the log is a file of its own: {names:?}");
    store.close().await;
}

#[tokio::test]
async fn many_simultaneous_reads_all_get_their_answer() {
    let files = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&files.path().join("whisker.db")));
    let app = app(&*store, "one").await;
    let ann = user(&*store, app.id, "ann").await;
    let reads: Vec<_> = (0..200)
        .map(|_| {
            let (store, app, id) = (Arc::clone(&store), app.id, ann.id);
            tokio::spawn(async move { store.user(app, id).await })
        })
        .collect();
    for read in reads {
        assert_eq!(read.await.unwrap().unwrap().as_ref(), Some(&ann));
    }
    store.close().await;
}

#[tokio::test]
async fn simultaneous_writes_show_in_the_metrics_and_need_fewer_commits() {
    const WRITES: u64 = 300;
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("whisker.db");
    let registry = Registry::new();
    let metrics = StoreMetrics::register(&registry).unwrap();
    let store = Arc::new(SqliteStore::open(&path, Arc::new(metrics)).unwrap());
    let app = app(&*store, "one").await;
    let ann = user(&*store, app.id, "ann").await;
    let before = commits(&registry);

    // While somebody else holds the file, the writer cannot commit and writes gather.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes: Vec<_> = (0..WRITES)
        .map(|_| {
            let (store, told) = (Arc::clone(&store), event(app.id, None, &ann));
            tokio::spawn(async move { store.record(vec![told]).await })
        })
        .collect();
    // One turn of this single-threaded runtime brings every task to the queue.
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    for write in writes {
        assert_eq!(write.await.unwrap().unwrap().events.len(), 1);
    }
    let commits = commits(&registry);
    assert_eq!(commits.1 - before.1, WRITES as f64, "writes");
    assert!(commits.0 - before.0 <= 3, "{} commits for {WRITES} writes", commits.0 - before.0);
    store.close().await;
}

/// (commits, writes in them) so far.
fn commits(registry: &Registry) -> (u64, f64) {
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == "store_commit_writes").unwrap();
    let histogram = family.get_metric()[0].get_histogram();
    (histogram.get_sample_count(), histogram.get_sample_sum())
}
