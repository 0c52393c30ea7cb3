//! HTTP/1.1 on the TCP port: how many may be connected, and for how long without asking for anything.
//!
//! ```text
//!   accept ─▶ a place? ─▶ head within HEAD_PATIENCE ─▶ router ─▶ the next head …
//!               │ no                                     └ upgrade: the WebSocket keeps the place until it closes
//!               ▼
//!             closed, counted
//! ```
//!
//! The loop of `axum::serve` has neither bound: whoever opens sockets and says nothing would keep them for ever.
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    select,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::sleep,
};
use tracing::{debug, warn};

/// Connections at once, WebSockets included, where the system allows so many files.
const MAX_CONNECTIONS: usize = 65_536;
/// Files that are no connections: database, media, standard streams.
const OTHER_FILES: usize = 128;
/// How long the head of a request may take; a connection that is kept alive is closed after as long.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// Longest head of a request, bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Pause after an error of the listener itself, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

telemetry::metrics! {
    /// What the TCP port counts.
    pub(crate) struct HttpMetrics("http") {
        /// Open connections, WebSockets included.
        pub(crate) connections: IntGauge,
        /// Connections closed at once because there were too many.
        pub(crate) refused_total: IntCounter,
    }
}

/// Bounds of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    connections: usize,
    head_patience: Duration,
}

impl Bounds {
    /// As many connections as the system allows after it was asked for as many as possible.
    pub(crate) fn of_this_process() -> Self {
        let mut limit = getrlimit(Resource::Nofile);
        let allowed = limit.current;
        limit.current = limit.maximum;
        let raised = setrlimit(Resource::Nofile, limit).is_ok();
        let files = if raised { limit.maximum } else { allowed };
        Self { connections: connections(files), head_patience: HEAD_PATIENCE }
    }
}

/// How many connections fit among so many files; `None`: no limit.
fn connections(files: Option<u64>) -> usize {
    let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    files.saturating_sub(OTHER_FILES).clamp(1, MAX_CONNECTIONS)
}

/// Serves until `stopped` says so, then finishes what was asked for. WebSockets are not waited for.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    metrics: HttpMetrics,
    mut stopped: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_patience)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(2 * MAX_HEAD_BYTES);
    // Closed when the last connection has dropped its end.
    let (working, mut all_done) = mpsc::channel::<()>(1);
    let connection_stopped = stopped.clone();
    let mut stop = pin!(async { drop(stopped.wait_for(|stopped| *stopped).await) });
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(problem) => {
                wait_out(&problem).await;
                continue;
            }
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            metrics.refused_total.inc();
            continue;
        };
        // Frames are small and written whole: waiting for more would only delay them.
        if let Err(problem) = stream.set_nodelay(true) {
            debug!(%problem, "cannot set TCP_NODELAY: {problem}");
        }
        let io = TokioIo::new(Connection::new(stream, place, &metrics));
        let service = TowerToHyperService::new(router.clone());
        let serving = builder.serve_connection(io, service).with_upgrades();
        tokio::spawn(attend(serving, connection_stopped.clone(), working.clone()));
    }
    drop((listener, working));
    all_done.recv().await;
}

/// One connection, until it ends or becomes a WebSocket. When the server stops, the request in hand is the last.
async fn attend(
    serving: http1::UpgradeableConnection<TokioIo<Connection>, TowerToHyperService<Router>>,
    mut stopped: watch::Receiver<bool>,
    _working: mpsc::Sender<()>,
) {
    let mut serving = pin!(serving);
    let stop = async { drop(stopped.wait_for(|stopped| *stopped).await) };
    let ended = select! {
        ended = &mut serving => ended,
        () = stop => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(problem) = ended {
        debug!(%problem, "an HTTP connection ended: {problem}");
    }
}

/// A client that was gone before it was accepted is its own problem; anything else may take a while.
async fn wait_out(problem: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(problem.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!(%problem, "cannot accept connections: {problem}");
        sleep(ACCEPT_PAUSE).await;
    }
}

/// A socket with its place among the connections. It travels with the socket into a WebSocket.
struct Connection {
    stream: TcpStream,
    metrics: HttpMetrics,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, metrics: &HttpMetrics) -> Self {
        metrics.connections.inc();
        Self { stream, metrics: metrics.clone(), _place: place }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[path = "http/tests.rs"]
mod tests;
