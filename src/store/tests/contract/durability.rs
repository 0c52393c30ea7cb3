//! A process that writes is killed at any moment: what it was told is durable is there, once, and nothing is torn.
//!
//! The child is this test binary again, running only the ignored test below. It prints a line per acknowledged
//! write; the parent kills it (SIGKILL) after a number of lines and looks at the file.
use crate::support::*;
use domain::ports::Store;
use model::{AppId, CallId, ChannelId, channel::ChannelKind, event::Event};
use rusqlite::Connection;
use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

const PATH: &str = "WHISKER_STORE_TEST_DATABASE";
const CHILD: &str = "durability::the_process_that_gets_killed";
const CHANNELS: usize = 3;
const WRITERS: usize = 12;

/// The child. Each writer repeats: an event with a unique mark in a shared channel, a user, a call id.
#[tokio::test]
#[ignore = "runs for ever; `nothing_acknowledged_is_lost_by_a_kill` starts and kills it"]
async fn the_process_that_gets_killed() {
    let Some(path) = env::var_os(PATH) else { panic!("{PATH} is not set: this is not a test of its own") };
    let store = Arc::new(open(Path::new(&path)));
    let app = store.first_app().await.unwrap().unwrap();
    let ann = user(&*store, app.id, "ann").await;
    let pid = std::process::id();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, app, ann) = (Arc::clone(&store), app.id, ann.clone());
            tokio::spawn(async move {
                for i in 0_u64.. {
                    let mark = format!("{pid}.{writer}.{i}");
                    let channel = ChannelId(1 + (writer % CHANNELS) as u64);
                    let mut marked = ann.clone();
                    marked.display_name.clone_from(&mark);
                    let write = store.record(vec![event(app, Some(channel), &marked)]).await.unwrap();
                    let (_, seq) = write.events[0].place.unwrap();
                    acknowledge(&format!("event {} {seq} {mark}", channel.0));
                    user(&*store, app, &mark).await;
                    acknowledge(&format!("user {mark}"));
                    acknowledge(&format!("call {}", store.next_call_id().await.unwrap().0));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

fn acknowledge(line: &str) {
    let mut out = std::io::stdout().lock();
    // Leading newline: the test harness may have begun a line of its own.
    writeln!(out, "\nack {line}")
        .and_then(|()| out.flush())
        .expect("invariant: the parent reads until it kills us");
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("whisker.db");
    let app = prepare(&path).await;
    let mut acknowledged = Vec::new();
    // The same file all the time: a killed store must also be a good start.
    for lines in [1, 17, 90, 400, 233] {
        acknowledged.extend(run_and_kill(&path, lines));
        check(&path, app, &acknowledged).await;
    }
}

async fn prepare(path: &Path) -> AppId {
    let store = open(path);
    let app = app(&store, "one").await;
    let ann = user(&store, app.id, "ann").await;
    for i in 1..=CHANNELS {
        let new = new_channel(app.id, ChannelKind::Public, &i.to_string(), &[&ann]);
        assert_eq!(created(store.create_channel(new).await.unwrap()).id, ChannelId(i as u64));
    }
    store.close().await;
    app.id
}

/// Everything the child acknowledged until it was dead; at least `lines` of it.
fn run_and_kill(path: &Path, lines: usize) -> Vec<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let ack = |line: std::io::Result<String>| Some(line.ok()?.strip_prefix("ack ")?.to_owned());
    let mut acknowledged: Vec<_> = output.by_ref().filter_map(ack).take(lines).collect();
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.code().is_none(), "the child ended by itself: {status}");
    assert_eq!(acknowledged.len(), lines);
    // What it said between our decision and its end counts too, except for a line torn by the kill.
    let rest: Vec<_> = output.filter_map(ack).collect();
    acknowledged.extend(rest.iter().take(rest.len().saturating_sub(1)).cloned());
    acknowledged
}

async fn check(path: &Path, app: AppId, acknowledged: &[String]) {
    // First through the store, which recovers the file.
    let store = open(path);
    let next_call = store.next_call_id().await.unwrap();
    let mut stored = BTreeSet::new();
    for line in acknowledged {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["user", name] => {
                assert!(store.user_by_name(app, name).await.unwrap().is_some(), "lost: {line}");
            }
            ["call", id] => {
                assert!(CallId(id.parse().unwrap()) < next_call, "would be given out again: {line}");
                assert!(stored.insert(line.as_str()), "given out twice: {line}");
            }
            ["event", _, _, _] => assert!(stored.insert(line.as_str()), "acknowledged twice: {line}"),
            _ => panic!("unexpected line {line:?}"),
        }
    }
    let mut last_seqs = Vec::new();
    for id in 1..=CHANNELS as u64 {
        last_seqs.push((id, store.channel(app, ChannelId(id)).await.unwrap().unwrap().last_seq));
    }
    store.close().await;

    let events = events(path);
    let marks: BTreeSet<_> = events.iter().map(|(_, _, mark)| mark).collect();
    assert_eq!(marks.len(), events.len(), "an event is stored twice");
    for (channel, last_seq) in last_seqs {
        let seqs: Vec<_> = events.iter().filter(|event| event.0 == channel).map(|event| event.1).collect();
        assert_eq!(seqs, (1..=last_seq).collect::<Vec<_>>(), "numbers of channel {channel}");
    }
    let events: BTreeSet<_> =
        events.iter().map(|(channel, seq, mark)| format!("event {channel} {seq} {mark}")).collect();
    for line in acknowledged.iter().filter(|line| line.starts_with("event")) {
        assert!(events.contains(line), "lost: {line}");
    }
    let sound: String =
        Connection::open(path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

/// (channel, number, mark) of every stored event, in order.
fn events(path: &Path) -> Vec<(u64, u64, String)> {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT channel_id, seq, payload FROM events ORDER BY channel_id, seq").unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?)))
        .unwrap();
    rows.map(|row| {
        let (channel, seq, payload): (i64, i64, String) = row.unwrap();
        let Event::UserUpdated { user } = serde_json::from_str(&payload).unwrap() else {
            panic!("{payload}")
        };
        (channel.unsigned_abs(), seq.unsigned_abs(), user.user.display_name)
    })
    .collect()
}
