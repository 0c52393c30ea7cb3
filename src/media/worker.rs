//! One media thread: its calls, its socket, its deadlines, and the loop that serves them.
//!
//! Order of a turn: commands, at most [`COMMANDS_PER_TURN`], so packets never starve; packets, at most
//! [`BATCHES_PER_TURN`], so commands and deadlines never starve; what is due. Whatever the state machine has to send or
//! to say leaves before the thread waits, and it waits only when nothing is left to do: for its socket, its commands or
//! the next deadline, whichever comes first.
use crate::contained::Contained;
use crate::control::{Command, Control};
use crate::events::Outbox;
use crate::inbox::{Inbox, Received};
use crate::meter::Meter;
use crate::outgoing::Outgoing;
use crate::socket::Socket;
use domain::ports::MediaEvent;
use sfu::{Sfu, SfuEvent};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::{debug, error, warn};

/// The socket among the things a thread waits for.
pub(crate) const SOCKET: mio::Token = mio::Token(0);
/// The control queue among the things a thread waits for.
pub(crate) const CONTROL: mio::Token = mio::Token(1);

/// Commands of one turn.
const COMMANDS_PER_TURN: usize = 16;
/// Receive calls of one turn, each for many datagrams.
const BATCHES_PER_TURN: usize = 8;
/// Bytes that may wait to be sent while a batch is handled: a key frame for fifty receivers. Measured with that: less
/// means shorter runs and a quarter more time for each packet, more gains nothing.
const FLUSH_BYTES: usize = 1024 * 1024;
/// Time between two looks at the numbers.
const METER_INTERVAL: Duration = Duration::from_secs(1);
/// How soon events that found no room are tried again.
const EVENT_RETRY: Duration = Duration::from_millis(5);

/// Does the thread go on?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another turn follows.
    Again,
    /// It was told to stop.
    Last,
}

/// Everything one thread owns.
pub(crate) struct Worker {
    /// Its calls.
    pub(crate) calls: Contained,
    /// Its socket, registered as [`SOCKET`].
    pub(crate) socket: Socket,
    /// What it waits with.
    pub(crate) poll: mio::Poll,
    /// Its commands.
    pub(crate) control: Arc<Control>,
    /// Its reports.
    pub(crate) outbox: Outbox,
    /// Its way out.
    pub(crate) outgoing: Outgoing,
    /// Its way in.
    pub(crate) inbox: Inbox,
    /// Its numbers.
    pub(crate) meter: Meter,
    /// The socket has said that it is readable and has not been emptied since.
    pub(crate) is_readable: bool,
    /// When the numbers are looked at; `None` when nothing has happened since.
    pub(crate) meter_due: Option<Instant>,
}

impl Worker {
    /// Runs until told to stop.
    pub(crate) fn run(mut self) {
        let mut events = mio::Events::with_capacity(4);
        while self.turn(&mut events) == Turn::Again {}
        self.say_goodbye();
    }

    /// Ends what calls there still are, so that clients know at once.
    fn say_goodbye(&mut self) {
        let now = Instant::now();
        for (call, _) in self.calls.peers() {
            self.calls.step(|sfu| sfu.end(call, now));
        }
        self.settle();
        self.publish();
        self.meter.close();
    }

    /// One turn.
    pub(crate) fn turn(&mut self, events: &mut mio::Events) -> Turn {
        self.follow_commands();
        self.settle();
        if self.control.is_stopping() && !self.control.has_commands() {
            return Turn::Last;
        }
        self.wait(events);
        self.receive();
        self.handle_deadlines();
        self.settle();
        Turn::Again
    }

    fn follow_commands(&mut self) {
        for _ in 0..COMMANDS_PER_TURN {
            let Some(command) = self.control.pop() else {
                return;
            };
            let now = Instant::now();
            self.note_activity(now);
            self.calls.step(|sfu| follow(sfu, command, now));
        }
    }

    /// Sends and reports what there is.
    fn settle(&mut self) {
        self.outgoing.flush(&self.socket, self.calls.sfu().transmits());
        self.outbox.retry();
        while let Some(event) = self.calls.poll_event() {
            self.outbox.push(report(event));
        }
    }

    /// Waits until there is something to do.
    fn wait(&mut self, events: &mut mio::Events) {
        let now = Instant::now();
        let retry = self.outbox.is_behind().then(|| now + EVENT_RETRY);
        let deadline = [self.calls.sfu().poll_timeout(), self.meter_due, retry].into_iter().flatten().min();
        let timeout = if self.is_readable || self.control.has_commands() {
            Some(Duration::ZERO)
        } else {
            deadline.map(|deadline| deadline.saturating_duration_since(now))
        };
        match self.poll.poll(events, timeout) {
            Ok(()) => {}
            // A signal. The events are none then, and the next turn looks again.
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => events.clear(),
            Err(problem) => {
                // Without a way to wait the thread cannot serve; it ends, and readiness tells.
                error!(%problem, "a media thread cannot wait for its socket: {problem}");
                self.control.stop();
            }
        }
        self.is_readable |= events.iter().any(|event| event.token() == SOCKET);
    }

    /// Takes what the socket has, up to a bound.
    fn receive(&mut self) {
        if !self.is_readable {
            return;
        }
        let Self { calls, socket, inbox, outgoing, .. } = self;
        for _ in 0..BATCHES_PER_TURN {
            let now = Instant::now();
            let received = inbox.receive(socket, |received| handle(calls, socket, outgoing, received, now));
            outgoing.flush(socket, calls.sfu().transmits());
            self.is_readable = received.unwrap_or_else(|problem| {
                if problem.kind() != io::ErrorKind::WouldBlock {
                    warn!(%problem, "receiving on {} failed: {problem}", socket.local());
                }
                false
            });
            if !self.is_readable {
                break;
            }
        }
        self.note_activity(Instant::now());
    }

    fn handle_deadlines(&mut self) {
        let now = Instant::now();
        if self.calls.sfu().poll_timeout().is_some_and(|due| due <= now) {
            self.calls.step(|sfu| sfu.handle_timeout(now));
            self.note_activity(now);
        }
        if self.meter_due.is_some_and(|due| due <= now) {
            self.meter_due = None;
            self.publish();
            self.socket.renew_offload(now);
        }
    }

    fn publish(&mut self) {
        self.meter.publish(self.calls.sfu(), self.inbox.traffic, self.outgoing.sent);
    }

    /// The numbers change: somebody has to look at them soon.
    fn note_activity(&mut self, now: Instant) {
        self.meter_due.get_or_insert(now + METER_INTERVAL);
    }
}

/// One datagram. Its answer leaves with those of the rest of its batch, except where its source address matters.
fn handle(
    calls: &mut Contained,
    socket: &Socket,
    outgoing: &mut Outgoing,
    received: Received<'_>,
    now: Instant,
) {
    let Received { from, to, datagram } = received;
    let is_check = matches!(datagram.first(), Some(0..=3));
    let (waiting, before) = (calls.sfu().transmits().len(), Accepted::by(calls));
    calls.step(|sfu| sfu.handle_datagram(from, datagram, now));
    let after = Accepted::by(calls);
    let queue = calls.sfu().transmits();
    if is_check {
        if after.refused_checks == before.refused_checks {
            outgoing.learn_source(from, to);
        }
        if queue.len() > waiting {
            outgoing.answer(socket, queue, from, to);
        }
    } else if after.media != before.media {
        outgoing.follow_source(from, to);
    }
    if queue.queued_bytes() >= FLUSH_BYTES {
        outgoing.flush(socket, queue);
    }
}

/// What tells whether the last datagram was believed.
struct Accepted {
    media: u64,
    refused_checks: u64,
}

impl Accepted {
    fn by(calls: &mut Contained) -> Self {
        let counters = calls.sfu().counters();
        Self { media: counters.rtp_received + counters.rtcp_received, refused_checks: counters.dropped.stun }
    }
}

fn follow(sfu: &mut Sfu, command: Command, now: Instant) {
    match command {
        Command::Negotiate { call, session, offer, sources, reply } => {
            // Whoever asked may have gone meanwhile, and nobody would ever use the peer.
            if reply.is_closed() {
                return;
            }
            let answer = sfu.negotiate(call, session, &offer, &sources, now);
            debug!(
                call.id = call.0,
                session.id = session.0,
                accepted = answer.is_ok(),
                "{call}: {session} offered"
            );
            // Whoever asked may be gone now, too; a first offer's peer ends with its consent then.
            drop(reply.send(answer));
        }
        Command::Leave { call, session } => sfu.leave(call, session, now),
        Command::End { call } => sfu.end(call, now),
    }
}

fn report(event: SfuEvent) -> MediaEvent {
    match event {
        SfuEvent::Tracks { call, session, version, tracks, wanted } => {
            MediaEvent::Tracks { call, session, version, tracks, wanted }
        }
        SfuEvent::Connected { call, session } => MediaEvent::Connected { call, session },
        SfuEvent::Lost { call, session } => MediaEvent::Lost { call, session },
    }
}

#[cfg(test)]
#[path = "worker/tests.rs"]
pub(crate) mod tests;
