//! Builds everything, in dependency order. What is built here lives until the process ends.
use crate::{
    adapters::{SystemClock, ToGateway},
    bootstrap::{self, Bootstrapped},
    config::Config,
    http::HttpMetrics,
    secrets::Secrets,
};
use bus::LocalBus;
use domain::{
    accounts::Accounts,
    calls::{CallSettings, Calls},
    channels::Channels,
    chat::{Chat, ChatNeeds},
    ports::{Clock, MediaEvent, Store},
    presence::Presence,
    users::Users,
};
use gateway::{Gateway, GatewayMetrics, GatewaySettings, Services};
use media::{MediaMetrics, MediaPlane, MediaSettings};
use prometheus::Registry;
use std::{error::Error, fs, path::Path, sync::Arc};
use store::{SqliteStore, StoreMetrics};
use tokio::sync::mpsc;

/// The parts that `run` starts, serves and drains.
pub(crate) struct Server {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) chat: Arc<Chat>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) media: Arc<MediaPlane>,
    pub(crate) media_events: mpsc::Receiver<MediaEvent>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) router: axum::Router,
    pub(crate) http_metrics: HttpMetrics,
    pub(crate) bootstrapped: Bootstrapped,
    pub(crate) secrets: Secrets,
    pub(crate) first_start: bool,
    /// Locked for as long as the process lives.
    pub(crate) claim: fs::File,
}

/// Opens the data folder and builds the server. Nothing listens on TCP yet; the media plane has bound its UDP port.
pub(crate) async fn build(config: &Config) -> Result<Server, Box<dyn Error>> {
    fs::create_dir_all(&config.data_dir)
        .map_err(|error| format!("cannot create data_dir {}: {error}", config.data_dir.display()))?;
    let claim = claim(&config.data_dir)?;
    let admin_password = config.admin_password.as_ref().map(|secret| secret.expose().as_str());
    let (secrets, first_start) = Secrets::load_or_create(&config.data_dir, admin_password)?;
    let registry = Registry::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);

    let path = config.data_dir.join("whisker.db");
    let sqlite = Arc::new(SqliteStore::open(&path, Arc::new(StoreMetrics::register(&registry)?))?);
    let store: Arc<dyn Store> = sqlite.clone();
    let bootstrapped = bootstrap::ensure_app(store.as_ref(), clock.as_ref(), &config.bootstrap).await?;

    let local_bus = Arc::new(LocalBus::new());
    let events: Arc<dyn domain::ports::Bus> = local_bus.clone();
    let presence = Arc::new(Presence::new(events.clone()));
    let users = Arc::new(Users::new(store.clone(), events.clone(), clock.clone(), presence.clone()));
    let channels = Arc::new(Channels::new(
        store.clone(),
        events.clone(),
        clock.clone(),
        users.clone(),
        presence.clone(),
    ));

    let accounts = Arc::new(Accounts::new(
        store.clone(),
        events.clone(),
        clock.clone(),
        users.clone(),
        channels.clone(),
    ));
    let chat = Arc::new(Chat::new(ChatNeeds {
        store: store.clone(),
        bus: events.clone(),
        clock: clock.clone(),
        users: users.clone(),
        channels: channels.clone(),
        presence: presence.clone(),
    }));

    let media_settings = MediaSettings {
        listen: config.listen,
        threads: config.media.threads,
        public_ips: config.public_ips.clone(),
        ..MediaSettings::default()
    };
    let (media, media_events) = MediaPlane::start(media_settings, MediaMetrics::register(&registry)?)?;
    let calls = Arc::new(Calls::new(domain::calls::Needs {
        store: store.clone(),
        bus: events,
        clock: clock.clone(),
        users: users.clone(),
        channels: channels.clone(),
        presence: presence.clone(),
        media: media.clone(),
        settings: CallSettings { ring: config.calls.ring },
    }));

    let gateway_settings = GatewaySettings {
        public_url: config.public_url.clone(),
        resume: config.gateway.resume,
        offline_grace: config.gateway.offline_grace,
        send_queue_bytes: config.gateway.send_queue_bytes,
        grant_secret: secrets.grant_key(),
    };
    let services = Services {
        users,
        channels,
        accounts,
        chat: chat.clone(),
        calls: calls.clone(),
        presence,
        clock: clock.clone(),
    };
    let gateway = Gateway::new(services, gateway_settings, GatewayMetrics::register(&registry)?);
    local_bus.attach(Arc::new(ToGateway(gateway.clone())));

    let http_metrics = HttpMetrics::register(&registry)?;
    let router = router(config, &bootstrapped, &gateway, readiness(&store, &media), registry);
    Ok(Server {
        store: sqlite,
        calls,
        chat,
        gateway,
        media,
        media_events,
        clock,
        router,
        http_metrics,
        bootstrapped,
        secrets,
        first_start,
        claim,
    })
}

/// Makes the folder this server's own: two on the same data would end each other's calls. `kill -9` frees it.
fn claim(data_dir: &Path) -> Result<fs::File, String> {
    let path = data_dir.join("lock");
    let file =
        fs::File::create(&path).map_err(|error| format!("cannot create {}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(format!("data_dir {} is in use by another server", data_dir.display()))
        }
        Err(fs::TryLockError::Error(error)) => Err(format!("cannot lock {}: {error}", path.display())),
    }
}

fn readiness(store: &Arc<dyn Store>, media: &Arc<MediaPlane>) -> rest::Readiness {
    let (store, media) = (store.clone(), media.clone());
    Arc::new(move || {
        let (store, media) = (store.clone(), media.clone());
        Box::pin(async move {
            vec![("store", store.ready().await.is_ok()), ("bus", true), ("media", media.is_ready())]
        })
    })
}

fn router(
    config: &Config,
    bootstrapped: &Bootstrapped,
    gateway: &Arc<Gateway>,
    readiness: rest::Readiness,
    registry: Registry,
) -> axum::Router {
    let demo_key = config.demo_enabled.then(|| bootstrapped.app.api_key.clone());
    rest::router(rest::Operations { readiness, registry })
        .merge(gateway.router())
        .merge(dashboard::router(demo_key))
}
