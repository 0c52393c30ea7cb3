//! Durable writes per second on this machine's disk, by how many callers write at once.
//!
//! `cargo bench -p whisker-store [-- <folder>]` (the folder decides which disk; default: the temporary one). A write
//! is one event of one of eight channels, acknowledged after its commit was synced. Figures depend on the disk; the
//! writes per commit show what group commit does.
use domain::ports::{Creation, NewChannel, NewEvent, NewUser, Store};
use model::{
    AppId, ChannelId, Properties, Timestamp,
    channel::ChannelKind,
    event::Event,
    user::{CallStatus, Presence, UserView},
};
use prometheus::Registry;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{SqliteStore, StoreMetrics};

const SECONDS_EACH: u64 = 3;
const CHANNELS: usize = 8;

#[tokio::main]
async fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    println!("{:>8} {:>10} {:>14} {:>9} {:>9}", "callers", "writes/s", "writes/commit", "p50 ms", "p99 ms");
    for callers in [1, 8, 64, 512, 1024] {
        let files = match &folder {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        let files = files.expect("a folder for the database");
        let registry = Registry::new();
        let metrics = Arc::new(StoreMetrics::register(&registry).expect("fresh registry"));
        let store = SqliteStore::open(&files.path().join("bench.db"), metrics).expect("a database");
        let store = Arc::new(store);
        let events = prepare(&*store).await;
        let before = commits(&registry);
        let (mut latencies, took) = measure(&store, &events, callers).await;
        latencies.sort_unstable();
        let n_commits = commits(&registry) - before;
        let percentile =
            |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
        println!(
            "{callers:>8} {:>10.0} {:>14.1} {:>9.2} {:>9.2}",
            latencies.len() as f64 / took.as_secs_f64(),
            latencies.len() as f64 / n_commits as f64,
            percentile(50),
            percentile(99),
        );
        store.close().await;
    }
}

/// One event for each channel.
async fn prepare(store: &dyn Store) -> Vec<NewEvent> {
    let time = Timestamp(1_655_380_800_000);
    let app = store.create_app("bench", "key", "client", "hash", true, time).await.expect("app");
    let new = NewUser {
        app: app.id,
        name: "ann".to_owned(),
        display_name: "Ann".to_owned(),
        is_guest: true,
        properties: Properties::default(),
        time,
    };
    let ann = store.ensure_user(new).await.expect("user");
    let presence = Presence { status: ann.presence_status.clone(), online: true };
    let user = UserView { user: ann, presence, call_status: CallStatus::Available };
    let mut events = Vec::new();
    for i in 0..CHANNELS {
        let channel = channel(store, app.id, i, time).await;
        let event = Event::UserUpdated { user: user.clone() };
        events.push(NewEvent { app: app.id, channel: Some(channel), time, event });
    }
    events
}

async fn channel(store: &dyn Store, app: AppId, number: usize, time: Timestamp) -> ChannelId {
    let new = NewChannel {
        app,
        kind: ChannelKind::Public,
        name: number.to_string(),
        display_name: number.to_string(),
        creator: None,
        members: vec![],
        properties: Properties::default(),
        time,
    };
    let (Creation::Created(channel) | Creation::Found(channel)) =
        store.create_channel(new).await.expect("channel");
    channel.id
}

/// How long each acknowledged write took, and how long all of them together.
async fn measure(store: &Arc<SqliteStore>, events: &[NewEvent], callers: usize) -> (Vec<Duration>, Duration) {
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS_EACH);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, event) = (Arc::clone(store), events[caller % events.len()].clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while Instant::now() < until {
                    let asked = Instant::now();
                    let write = store.record(vec![event.clone()]).await.expect("write");
                    assert_eq!(write.events.len(), 1);
                    latencies.push(asked.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("task"));
    }
    (all, started.elapsed())
}

fn commits(registry: &Registry) -> u64 {
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == "store_commit_writes").expect("registered");
    family.get_metric()[0].get_histogram().get_sample_count()
}
