//! One connection: the loop between a transport, a send queue and the clock.
//!
//! ```text
//!   transport ─▶ message ─▶ frame ─▶ request ─▶ its task ─▶ next frame      one at a time, strictly in order
//!   send queue ─▶ batch ─▶ transport
//!   clock ─▶ heart-beats
//! ```
//!
//! Nothing is read while a request is being handled: a client that sends faster than it is served is slowed down by TCP.
//! Failures stay here: a panic ends this connection, its session can be resumed.
use crate::{
    Gateway,
    auth::Opened,
    close::CloseReason,
    outgoing::Item,
    pulse::{Beat, Pulse},
    rendering::json_text,
    requests::{Next, Request, SendRequest, SubscribeRequest},
    send_queue::SendQueue,
    session::Session,
    socket::{Lost, Received},
    transport::Transport,
};
use bytes::{Buf, Bytes};
use futures_util::FutureExt;
use model::limits;
use std::{
    future::pending,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use stomp::{Decoder, Frame, Incoming, Limits, Violation, encode};
use tokio::{
    select,
    task::{JoinError, JoinHandle, consume_budget},
    time::{sleep_until, timeout},
};
use tracing::{debug, error, info};
use wire::error::{Public, VALIDATION};

/// About so many bytes are taken from the queue and written before anything else is looked at.
const BATCH_BYTES: usize = 64 * 1024;
/// How long one batch may take: a client that reads nothing for so long is gone or does not want it.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long the last frames and the closing handshake may take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

struct Conn {
    gateway: Arc<Gateway>,
    socket: Transport,
    opened: Opened,
    queue: Arc<SendQueue>,
    socket_id: u64,
    decoder: Decoder,
    stomp: stomp::Session,
    pulse: Pulse,
    /// What is left of the last message.
    unread: Bytes,
    session: Option<Arc<Session>>,
    /// The request that is being handled.
    work: Option<JoinHandle<Next>>,
}

/// Serves a socket until it ends.
///
/// Takes everything apart at once: what a future is given stays in it for as long as it lives, and these are many.
pub(crate) fn run(
    gateway: Arc<Gateway>,
    socket: Transport,
    opened: Opened,
) -> impl Future<Output = ()> + Send {
    let mut conn = Box::new(Conn::new(gateway, socket, opened));
    async move {
        if AssertUnwindSafe(conn.serve()).catch_unwind().await.is_err() {
            conn.gateway.metrics.panics_total.inc();
            error!("a connection panicked and was closed");
        }
    }
}

impl Conn {
    fn new(gateway: Arc<Gateway>, socket: Transport, opened: Opened) -> Self {
        let queue = Arc::new(SendQueue::new(gateway.settings.send_queue_bytes));
        let limits = Limits {
            frame_bytes: limits::MAX_FRAME_BYTES,
            headers: limits::MAX_FRAME_HEADERS,
            header_bytes: limits::MAX_HEADER_BYTES,
        };
        gateway.metrics.sockets.inc();
        Self {
            socket_id: gateway.sockets.add(&queue),
            gateway,
            opened,
            queue,
            decoder: Decoder::new(limits),
            stomp: stomp::Session::new(limits::MAX_CLIENT_ID_BYTES),
            pulse: Pulse::new(Instant::now(), socket.heartbeat_after()),
            socket,
            unread: Bytes::new(),
            session: None,
            work: None,
        }
    }

    async fn serve(&mut self) {
        let reason = match self.talk().await {
            Ok(reason) => {
                // A client that is gone for good cannot be told why.
                drop(timeout(CLOSE_PATIENCE, Box::pin(self.say_goodbye(reason))).await);
                reason
            }
            Err(Lost) => CloseReason::Done,
        };
        self.gateway.metrics.closed_total.with_label_values(&[reason.label()]).inc();
        let session = self.session.as_ref().map_or(0, |session| session.key().0);
        if reason == CloseReason::Slow {
            let waiting = self.queue.bytes();
            info!(
                session.id = session,
                waiting, "closed a client that reads too slowly: {waiting} bytes wait"
            );
        } else {
            debug!(session.id = session, reason = reason.label(), "a socket closed");
        }
    }

    /// Until the server has a reason to close, or the socket is lost.
    async fn talk(&mut self) -> Result<CloseReason, Lost> {
        // What the transport begins with.
        self.write().await?;
        loop {
            self.write_queue().await?;
            if let Some(reason) = self.queue.closing() {
                return Ok(reason);
            }
            if self.work.is_none()
                && let Some(frame) = self.next_frame()
            {
                self.take_frame(frame);
                // A message may hold thousands of small frames: others get their turn.
                consume_budget().await;
                continue;
            }
            let deadline = self.pulse.poll_timeout();
            select! {
                () = self.queue.changed() => {}
                done = finished(&mut self.work) => self.finish(done),
                received = self.socket.read(), if self.work.is_none() => self.take(received?),
                () = at(deadline) => self.handle_timeout().await?,
            }
        }
    }

    /// Writes what waits, a batch at a time. Ends early when the connection is to end without it.
    async fn write_queue(&mut self) -> Result<(), Lost> {
        let mut batch = Vec::new();
        loop {
            self.queue.pop(&mut batch, BATCH_BYTES);
            if batch.is_empty() {
                return Ok(());
            }
            self.gateway.metrics.frames_out_total.inc_by(batch.len() as u64);
            for item in batch.drain(..) {
                self.socket.queue_text(&item.into_text());
            }
            if !self.write().await? {
                return Ok(());
            }
        }
    }

    /// Writes what the socket holds. `false`: the connection is to end without it.
    async fn write(&mut self) -> Result<bool, Lost> {
        let deadline = Instant::now() + WRITE_PATIENCE;
        loop {
            select! {
                biased;
                written = self.socket.write() => {
                    written?;
                    self.pulse.handle_bytes_out(Instant::now());
                    return Ok(true);
                }
                () = self.queue.changed() => {}
                () = at(Some(deadline)) => self.queue.close(CloseReason::Slow),
            }
            if self.queue.closing().is_some_and(|reason| !reason.flushes()) {
                return Ok(false);
            }
        }
    }

    /// The next frame of the message that came last. A violation ends the connection.
    fn next_frame(&mut self) -> Option<Frame> {
        if self.unread.is_empty() {
            return None;
        }
        let mut input = &*self.unread;
        match self.decoder.decode(&mut input) {
            Ok(Some(frame)) => {
                let read = self.unread.len() - input.len();
                self.unread.advance(read);
                Some(frame)
            }
            Ok(None) => {
                self.unread = Bytes::new();
                self.decoder.end_of_message()
            }
            Err(violation) => {
                self.violated(violation, None);
                None
            }
        }
    }

    fn take(&mut self, received: Received) {
        self.pulse.handle_bytes_in(Instant::now());
        match received {
            Received::Message(bytes) => self.unread = bytes,
            Received::SignOfLife => {}
            Received::Broken(problem) => {
                debug!(error = %problem, "a client broke its socket: {problem}");
                self.queue.close(CloseReason::Broken);
            }
        }
    }

    fn take_frame(&mut self, frame: Frame) {
        self.gateway.metrics.frames_in_total.inc();
        let receipt = frame.headers.get("receipt").map(str::to_owned);
        let incoming = match self.stomp.handle_frame(&frame) {
            Ok(incoming) => incoming,
            Err(violation) => return self.violated(violation, receipt.as_deref()),
        };
        match &self.session {
            None => self.connect(&incoming),
            Some(session) => {
                let session = session.clone();
                self.request(&session, &incoming);
            }
        }
    }

    fn connect(&mut self, incoming: &Incoming<'_>) {
        let stomp::Request::Connect { rhythm, headers } = incoming.request else {
            // After a refused CONNECT the connection is closing: what else came is void.
            return;
        };
        self.pulse.handle_connect(rhythm, Instant::now());
        let connect = self.gateway.clone().connect(self.queue.clone(), self.opened.clone(), headers.clone());
        self.work = Some(tokio::spawn(connect));
    }

    fn request(&mut self, session: &Arc<Session>, incoming: &Incoming<'_>) {
        let receipt = incoming.receipt.map(str::to_owned);
        let request = match incoming.request {
            stomp::Request::Send { destination, body } => Request::Send(SendRequest {
                destination: destination.to_owned(),
                body: body.to_vec(),
                receipt,
            }),
            stomp::Request::Subscribe { id, destination, ack, headers } => {
                Request::Subscribe(SubscribeRequest {
                    id: id.to_owned(),
                    destination: destination.to_owned(),
                    ack,
                    headers: headers.clone(),
                    receipt,
                })
            }
            stomp::Request::Unsubscribe { id } => Request::Unsubscribe { id: id.to_owned(), receipt },
            stomp::Request::Disconnect => Request::Disconnect { receipt },
            stomp::Request::Ack { id } => {
                if let Ok(number) = id.parse() {
                    session.acknowledge(number, self.gateway.now());
                }
                return acknowledge(session, receipt.as_deref());
            }
            // What was not consumed stays unacknowledged. A second CONNECT is a violation and never comes here.
            stomp::Request::Nack { .. } | stomp::Request::Connect { .. } => {
                return acknowledge(session, receipt.as_deref());
            }
        };
        let is_new_request = matches!(request, Request::Send(_) | Request::Subscribe(_));
        if is_new_request && session.is_deaf(self.gateway.now()) {
            info!(session.id = session.key().0, "closed a client that acknowledges nothing any more");
            return self.queue.close(CloseReason::Deaf);
        }
        let handle = self.gateway.clone().handle(session.clone(), self.queue.clone(), request);
        self.work = Some(tokio::spawn(handle));
    }

    fn finish(&mut self, done: Result<Next, JoinError>) {
        self.work = None;
        match done {
            Ok(Next::Same) => {}
            Ok(Next::Session(session)) => self.session = Some(session),
            Err(problem) => {
                self.gateway.metrics.panics_total.inc();
                error!(error = %problem, "a request panicked, its connection is closed");
                self.queue.close(CloseReason::Internal);
            }
        }
    }

    async fn handle_timeout(&mut self) -> Result<(), Lost> {
        match self.pulse.handle_timeout(Instant::now()) {
            None => Ok(()),
            Some(Beat::Gone) => {
                self.queue.close(CloseReason::Silent);
                Ok(())
            }
            Some(Beat::Newline) => {
                self.socket.queue_text(encode::HEARTBEAT);
                self.write().await.map(drop)
            }
            Some(Beat::Transport) => {
                self.socket.queue_heartbeat();
                self.write().await.map(drop)
            }
            Some(Beat::Ping) => timeout(WRITE_PATIENCE, self.socket.ping()).await.map_err(|_| Lost)?,
        }
    }

    /// The client broke the protocol: the last frame says how.
    fn violated(&mut self, violation: Violation, receipt: Option<&str>) {
        self.unread = Bytes::new();
        let text = violation.to_string();
        let body = json_text(Public::new(400, VALIDATION, text.as_str()).body(self.gateway.now()));
        drop(self.queue.push(Item::Frame(encode::error(&text, receipt, &body))));
        self.queue.close(CloseReason::Violation);
    }

    async fn say_goodbye(&mut self, reason: CloseReason) -> Result<(), Lost> {
        if reason.flushes() {
            // The request that is being handled is answered as well: its client would repeat it elsewhere.
            if self.work.is_some() {
                let done = finished(&mut self.work).await;
                self.finish(done);
            }
            self.write_queue().await?;
        }
        self.socket.close(reason).await
    }
}

impl Drop for Conn {
    /// However it ends, the session learns that its socket is gone. A request that is still being handled is left to
    /// its end; a session that comes out of it has lost its socket already.
    fn drop(&mut self) {
        self.queue.close(CloseReason::Done);
        self.gateway.metrics.sockets.dec();
        self.gateway.sockets.remove(self.socket_id);
        let (gateway, queue) = (self.gateway.clone(), self.queue.clone());
        if let Some(session) = self.session.take() {
            gateway.lose(&session, &queue);
        }
        if let Some(work) = self.work.take() {
            tokio::spawn(async move {
                if let Ok(Next::Session(session)) = work.await {
                    gateway.lose(&session, &queue);
                }
            });
        }
    }
}

fn acknowledge(session: &Session, receipt: Option<&str>) {
    if let Some(receipt) = receipt {
        session.push_frame(encode::receipt(receipt));
    }
}

/// Never, when nothing is being handled.
async fn finished(work: &mut Option<JoinHandle<Next>>) -> Result<Next, JoinError> {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}

/// Never, when there is no deadline.
pub(crate) async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => pending().await,
    }
}
