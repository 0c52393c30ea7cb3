//! The life of the process: build, listen, serve, and on SIGTERM or SIGINT drain in a fixed order.
use crate::{config::Config, http, welcome, wiring, wiring::Server};
use domain::{
    calls::Calls,
    chat::Chat,
    ports::{Clock, MediaEvent},
};
use std::{error::Error, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    time::timeout,
};
use tracing::{error, info, warn};

/// How often ring deadlines are looked at: the resolution of a ring timeout.
const TIMER_TICK: Duration = Duration::from_millis(100);
/// Between two looks for what is to be forgotten.
const PRUNE_TICK: Duration = Duration::from_secs(60);
/// How long one step of the shutdown may take.
const DRAIN_STEP: Duration = Duration::from_secs(5);

/// Runs the server until a signal. The exit code says whether it could start.
pub(crate) fn serve(config: Config) -> ExitCode {
    telemetry::logging::init(&config.log.level, config.log.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            eprintln!("Whisker cannot start: {problem}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!(%problem, "stopped: {problem}");
            eprintln!("Whisker cannot start: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: &Config) -> Result<(), Box<dyn Error>> {
    // From the first moment: whoever stops a server that starts wants it to stop in order, too.
    let signals = Signals::new()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {} (TCP): {error}", config.listen))?;
    let server = wiring::build(config).await?;
    let interrupted = server.calls.recover().await?;
    if interrupted > 0 {
        info!(
            calls = interrupted,
            "closed {interrupted} calls that were running when the server last stopped"
        );
    }
    let Server {
        store,
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
        claim: _claim,
    } = server;
    let background = [
        tokio::spawn(prune_chat(chat)),
        tokio::spawn(call_deadlines(calls.clone(), clock)),
        tokio::spawn(follow_media(calls.clone(), media_events)),
        tokio::spawn(gateway.clone().run_timers()),
    ];
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // Before the first answer: connections already queue at the listener.
    println!("{}", welcome::text(config, &bootstrapped, &secrets, first_start));
    let bounds = http::Bounds::of_this_process();
    let serving = tokio::spawn(http::serve(listener, router, bounds, http_metrics, stopped));

    signals.any().await;
    info!("stopping: draining sessions and calls");
    // No new connections; existing sessions are told to come back; calls end; then the engines close.
    let _ = stop.send(true);
    step("sessions", gateway.drain()).await;
    step("calls", calls.end_all()).await;
    step("http", async { drop(serving.await) }).await;
    background.iter().for_each(tokio::task::JoinHandle::abort);
    step("media", async { drop(tokio::task::spawn_blocking(move || media.stop()).await) }).await;
    step("store", store.close()).await;
    info!("stopped");
    Ok(())
}

async fn step(name: &'static str, work: impl Future<Output = ()>) {
    if timeout(DRAIN_STEP, work).await.is_err() {
        warn!(step = name, "shutdown step {name} took too long and was abandoned");
    }
}

/// What asks the process to end. From the moment this exists, it ends in order.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Until one of them has come.
    async fn any(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn call_deadlines(calls: Arc<Calls>, clock: Arc<dyn Clock>) {
    let mut tick = tokio::time::interval(TIMER_TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = clock.now();
        if calls.next_deadline().is_some_and(|deadline| deadline <= now) {
            calls.handle_timeout(now).await;
        }
    }
}

/// Forgets what nobody may ask for any more; in small pieces, so that nothing else waits for it.
async fn prune_chat(chat: Arc<Chat>) {
    let mut tick = tokio::time::interval(PRUNE_TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(problem) = chat.prune().await {
            warn!(error = %problem, "could not forget old idempotency keys and deleted messages");
        }
    }
}

async fn follow_media(calls: Arc<Calls>, mut events: mpsc::Receiver<MediaEvent>) {
    while let Some(event) = events.recv().await {
        calls.handle_media(event).await;
    }
}
