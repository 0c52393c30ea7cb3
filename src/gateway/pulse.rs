//! Signs of life of one connection: STOMP heart-beats, and for what they do not cover, WebSocket pings and the
//! heart-beats of a transport that has its own.
//!
//! Clients may promise no heart-beat, and browsers throttle those of background tabs. Every WebSocket answers pings by
//! itself, so silence beyond [`GONE_AFTER`] means that nobody is there.
use std::time::{Duration, Instant};
use stomp::{Heartbeat, Output, Rhythm};

/// Silence of the client after which it is pinged. Longer than the heart-beat of the SDKs: they are never pinged while
/// they are well.
const PING_AFTER: Duration = Duration::from_secs(75);
/// Silence that means that nobody is there.
const GONE_AFTER: Duration = Duration::from_secs(240);

/// What time asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Send a newline.
    Newline,
    /// Send the transport's own heart-beat.
    Transport,
    /// Ask for a sign of life: a WebSocket ping.
    Ping,
    /// Close: nobody is there.
    Gone,
}

/// The deadlines of one connection.
pub(crate) struct Pulse {
    stomp: Heartbeat,
    is_connected: bool,
    last_in: Instant,
    last_ping: Instant,
    last_out: Instant,
    /// Silence of ours after which the transport wants to be heard.
    transport_after: Option<Duration>,
}

impl Pulse {
    /// `transport_after`: silence of ours after which the transport wants to be heard.
    pub(crate) fn new(now: Instant, transport_after: Option<Duration>) -> Self {
        Self {
            stomp: Heartbeat::new(now),
            is_connected: false,
            last_in: now,
            last_ping: now,
            last_out: now,
            transport_after,
        }
    }

    /// CONNECT has come.
    pub(crate) fn handle_connect(&mut self, rhythm: Rhythm, now: Instant) {
        self.stomp.handle_connect(rhythm, now);
        self.is_connected = true;
        self.handle_bytes_in(now);
    }

    /// Anything came in.
    pub(crate) fn handle_bytes_in(&mut self, now: Instant) {
        self.stomp.handle_bytes_in(now);
        self.last_in = now;
        self.last_ping = now;
    }

    /// Anything went out.
    pub(crate) fn handle_bytes_out(&mut self, now: Instant) {
        self.stomp.handle_bytes_out(now);
        self.last_out = now;
    }

    /// What is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<Beat> {
        if self.gone_at().is_some_and(|at| at <= now) {
            return Some(Beat::Gone);
        }
        self.stomp.handle_timeout(now);
        match self.stomp.poll_output() {
            Some(Output::PeerIsGone) => return Some(Beat::Gone),
            Some(Output::SendNewline) => return Some(Beat::Newline),
            None => {}
        }
        if self.transport_at().is_some_and(|at| at <= now) {
            self.last_out = now;
            return Some(Beat::Transport);
        }
        let is_due = self.ping_at().is_some_and(|at| at <= now);
        if is_due {
            self.last_ping = now;
        }
        is_due.then_some(Beat::Ping)
    }

    /// When [`Self::handle_timeout`] has something to say. Before CONNECT it always has: nobody may stay unknown.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.stomp.poll_timeout(), self.transport_at(), self.ping_at(), self.gone_at()]
            .into_iter()
            .flatten()
            .min()
    }

    fn ping_at(&self) -> Option<Instant> {
        self.is_connected.then(|| self.last_ping + PING_AFTER)
    }

    fn transport_at(&self) -> Option<Instant> {
        self.transport_after.map(|after| self.last_out + after)
    }

    fn gone_at(&self) -> Option<Instant> {
        self.is_connected.then(|| self.last_in + GONE_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is due up to `end` seconds, with its second.
    fn run(pulse: &mut Pulse, start: Instant, end: u64) -> Vec<(u64, Beat)> {
        let mut beats = Vec::new();
        while let Some(at) = pulse.poll_timeout().filter(|at| *at <= start + Duration::from_secs(end)) {
            let beat = pulse.handle_timeout(at).expect("a deadline says something");
            beats.push((at.duration_since(start).as_secs(), beat));
            if beat == Beat::Gone {
                break;
            }
        }
        beats
    }

    fn connected(sends: u32, wants: u32) -> (Pulse, Instant) {
        let start = Instant::now();
        let mut pulse = Pulse::new(start, None);
        pulse.handle_connect(Rhythm { sends_every: sends, wants_every: wants }, start);
        (pulse, start)
    }

    #[test]
    fn a_client_without_heartbeats_is_pinged_and_given_up_when_it_does_not_answer() {
        let (mut pulse, start) = connected(0, 0);
        let expected = [(75, Beat::Ping), (150, Beat::Ping), (225, Beat::Ping), (240, Beat::Gone)];
        assert_eq!(run(&mut pulse, start, 1000), expected);
    }

    #[test]
    fn a_pong_is_a_sign_of_life() {
        let (mut pulse, start) = connected(0, 0);
        assert_eq!(run(&mut pulse, start, 230).len(), 3);
        pulse.handle_bytes_in(start + Duration::from_secs(230));
        assert_eq!(run(&mut pulse, start, 400), [(305, Beat::Ping), (380, Beat::Ping)]);
    }

    #[test]
    fn heartbeats_go_out_every_ten_seconds_of_silence() {
        let (mut pulse, start) = connected(60_000, 10_000);
        assert_eq!(
            run(&mut pulse, start, 30),
            [(10, Beat::Newline), (20, Beat::Newline), (30, Beat::Newline)]
        );
        pulse.handle_bytes_out(start + Duration::from_secs(35));
        assert_eq!(run(&mut pulse, start, 45), [(45, Beat::Newline)]);
    }

    #[test]
    fn who_promised_heartbeats_is_given_up_after_three() {
        let (mut pulse, start) = connected(60_000, 0);
        assert_eq!(run(&mut pulse, start, 1000).last(), Some(&(180, Beat::Gone)));
    }

    #[test]
    fn a_transport_is_heard_when_nothing_else_was_sent_even_before_connect() {
        let start = Instant::now();
        let mut pulse = Pulse::new(start, Some(Duration::from_secs(25)));
        assert_eq!(
            run(&mut pulse, start, 1000),
            [(25, Beat::Transport), (50, Beat::Transport), (60, Beat::Gone)]
        );
        let mut pulse = Pulse::new(start, Some(Duration::from_secs(25)));
        pulse.handle_connect(Rhythm { sends_every: 60_000, wants_every: 10_000 }, start);
        for second in [10, 20, 30] {
            assert_eq!(run(&mut pulse, start, second), [(second, Beat::Newline)], "newlines are enough");
            pulse.handle_bytes_out(start + Duration::from_secs(second));
        }
    }

    #[test]
    fn who_does_not_connect_is_given_up() {
        let start = Instant::now();
        assert_eq!(run(&mut Pulse::new(start, None), start, 1000), [(60, Beat::Gone)]);
    }
}
