//! A gateway on a port of the loopback, over test doubles of everything outside, and raw clients.
//!
//! ```text
//!   World ─▶ MemoryStore, LocalBus, RecordingMedia, FakeClock ─▶ services ─▶ Gateway ─▶ axum on 127.0.0.1:0
//!   Client   one WebSocket, every frame visible                                        (client.rs)
//! ```
use crate::client::Client;
use bus::LocalBus;
use domain::{
    accounts::Accounts,
    calls::{CallSettings, Calls, Needs},
    channels::Channels,
    chat::{Chat, ChatNeeds},
    ports::{Bus, CallMedia, Clock, Store},
    presence::Presence,
    testing::{FakeClock, MemoryStore, RecordingMedia},
    users::Users,
};
use gateway::{Gateway, GatewayMetrics, GatewaySettings, Services};
use model::event::{Committed, Notice, Origin};
use std::{sync::Arc, time::Duration};
use telemetry::metrics::Registry;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

/// How long something is waited for: only a broken gateway reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const KEY: &str = "test-key";
pub(crate) const GUESTLESS_KEY: &str = "no-guests";

/// A gateway and everything around it.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) media: Arc<RecordingMedia>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) registry: Registry,
    address: String,
    tasks: Vec<JoinHandle<()>>,
}

struct ToGateway(Arc<Gateway>);

impl bus::Receiver for ToGateway {
    fn committed(&self, events: &[Committed], origin: Option<&Origin>) {
        self.0.committed(events, origin);
    }

    fn notice(&self, notice: &Notice) {
        self.0.notice(notice);
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(GatewaySettings::default()).await
    }

    pub(crate) async fn with(settings: GatewaySettings) -> Self {
        let media = Arc::new(RecordingMedia::new());
        let mut world = Self::over(settings, media.clone()).await;
        world.media = media;
        world
    }

    /// Over another media plane; `media` of the world is not it.
    pub(crate) async fn over(settings: GatewaySettings, plane: Arc<dyn CallMedia>) -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(FakeClock::default());
        store.create_app("test", KEY, "id", "hash", true, clock.now()).await.expect("an application");
        store.create_app("closed", GUESTLESS_KEY, "id-2", "hash", false, clock.now()).await.expect("another");
        let local_bus = Arc::new(LocalBus::new());
        let registry = Registry::new();
        let services = services(store.clone(), local_bus.clone(), clock.clone(), plane);
        let calls = services.calls.clone();
        let gateway = Gateway::new(services, settings, GatewayMetrics::register(&registry).expect("fresh"));
        local_bus.attach(Arc::new(ToGateway(gateway.clone())));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("ws://{}", listener.local_addr().expect("bound"));
        let router = gateway.router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        let media = Arc::new(RecordingMedia::new());
        Self { store, clock, media, gateway, calls, registry, address, tasks: vec![serving] }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Moves the clock and lets the gateway do what is due.
    pub(crate) async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.gateway.handle_timeout(self.clock.now()).await;
        self.calls.handle_timeout(self.clock.now()).await;
    }

    /// Runs the gateway's own timers: for what only they do.
    pub(crate) fn run_timers(&mut self) {
        self.tasks.push(tokio::spawn(self.gateway.clone().run_timers()));
    }

    /// Value of a metric, with all its labels in the name; without them, the sum over all.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = telemetry::metrics::encode(&self.registry).expect("text");
        let samples =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        samples
            .filter(|(key, _)| *key == name || key.split('{').next() == Some(name))
            .filter_map(|(_, value)| value.parse::<f64>().ok())
            .sum()
    }

    /// Waits until a metric has a value: metrics are the only sight of what a server does without telling a client.
    pub(crate) async fn until(&self, name: &str, value: f64) {
        let reached = async {
            while (self.metric(name) - value).abs() > f64::EPSILON {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, reached)
            .await
            .unwrap_or_else(|_| panic!("{name} is {}, not {value}", self.metric(name)));
    }

    pub(crate) async fn open(&self) -> Client {
        Client::open(&self.url(&format!("/rtm/websocket?api-key={KEY}"))).await.0
    }

    /// Connected, nothing more.
    pub(crate) async fn connect(&self, name: &str) -> Client {
        self.connect_with(name, "").await
    }

    /// Connected with more headers, each ended by a newline.
    pub(crate) async fn connect_with(&self, name: &str, headers: &str) -> Client {
        let mut client = self.open().await;
        client.sign_in(name, headers).await;
        client
    }

    /// Connected, and through the connect sequence of protocol 3.1.
    pub(crate) async fn join(&self, name: &str) -> Client {
        let mut client = self.connect(name).await;
        client.bootstrap().await;
        client
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn services(
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    media: Arc<dyn CallMedia>,
) -> Services {
    let presence = Arc::new(Presence::new(bus.clone()));
    let users = Arc::new(Users::new(store.clone(), bus.clone(), clock.clone(), presence.clone()));
    let channels =
        Arc::new(Channels::new(store.clone(), bus.clone(), clock.clone(), users.clone(), presence.clone()));
    let calls = Arc::new(Calls::new(Needs {
        store: store.clone(),
        bus: bus.clone(),
        clock: clock.clone(),
        users: users.clone(),
        channels: channels.clone(),
        presence: presence.clone(),
        media,
        settings: CallSettings { ring: Duration::from_secs(60) },
    }));
    let accounts = Accounts::new(store.clone(), bus.clone(), clock.clone(), users.clone(), channels.clone());
    let chat = Chat::new(ChatNeeds {
        store,
        bus,
        clock: clock.clone(),
        users: users.clone(),
        channels: channels.clone(),
        presence: presence.clone(),
    });
    Services { users, channels, accounts: Arc::new(accounts), chat: Arc::new(chat), calls, presence, clock }
}
