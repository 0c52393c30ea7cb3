//! When to say `\n`, and when a silent peer is gone.
//!
//! ```text
//!   new ── CONNECT_PATIENCE ─▶ PeerIsGone                        whatever the peer sends that is not CONNECT
//!    └─ handle_connect ─▶ silence out ≥ agreed ─▶ SendNewline
//!                         silence in ≥ 3 × agreed ─▶ PeerIsGone  background tabs throttle timers
//! ```
use std::{
    fmt,
    time::{Duration, Instant},
};

/// What one side says in `heart-beat`: milliseconds, zero for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// It will send something at least this often.
    pub sends_every: u32,
    /// It wants to hear something at least this often.
    pub wants_every: u32,
}

impl Rhythm {
    /// What the server says. The clients give up 20 s after its last byte, and send every 60 s (protocol 1.6).
    pub const SERVER: Self = Self { sends_every: 10_000, wants_every: 60_000 };

    /// Two numbers separated by a comma. Numbers beyond 32 bits count as the largest.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sends_every, wants_every) = text.split_once(',')?;
        Some(Self { sends_every: millis(sends_every)?, wants_every: millis(wants_every)? })
    }
}

fn millis(text: &str) -> Option<u32> {
    let digits = text.trim_matches(' ');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.sends_every, self.wants_every)
    }
}

/// What the deadlines lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send [`HEARTBEAT`](crate::encode::HEARTBEAT).
    SendNewline,
    /// Close; nothing will come any more. Said once.
    PeerIsGone,
}

/// The deadlines of one connection.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// Silence of ours that the peer must not see. `None`: it does not care, or is not connected.
    speak_after: Option<Duration>,
    /// Silence of the peer that means it is gone. `None`: it promised nothing, or is gone.
    gone_after: Option<Duration>,
    last_out: Instant,
    last_in: Instant,
    is_connected: bool,
    due: Option<Output>,
}

impl Heartbeat {
    /// From the opened socket to CONNECT.
    pub const CONNECT_PATIENCE: Duration = Duration::from_secs(60);
    /// How many times longer than agreed the peer may be silent.
    const GRACE: u32 = 3;

    /// For a socket that has just opened.
    pub fn new(now: Instant) -> Self {
        Self {
            speak_after: None,
            gone_after: Some(Self::CONNECT_PATIENCE),
            last_out: now,
            last_in: now,
            is_connected: false,
            due: None,
        }
    }

    /// CONNECT has come, with this `heart-beat`.
    pub fn handle_connect(&mut self, peer: Rhythm, now: Instant) {
        let agreed = |sends: u32, wants: u32| {
            (sends != 0 && wants != 0).then(|| Duration::from_millis(sends.max(wants).into()))
        };
        let ours = Rhythm::SERVER;
        self.speak_after = agreed(ours.sends_every, peer.wants_every);
        self.gone_after = agreed(peer.sends_every, ours.wants_every).map(|every| every * Self::GRACE);
        self.is_connected = true;
        self.last_in = now;
        self.last_out = now;
    }

    /// Anything at all came in. Before CONNECT it does not count.
    pub fn handle_bytes_in(&mut self, now: Instant) {
        if self.is_connected {
            self.last_in = now;
        }
    }

    /// Anything at all went out.
    pub fn handle_bytes_out(&mut self, now: Instant) {
        self.last_out = now;
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.gone_at().is_some_and(|at| at <= now) {
            self.speak_after = None;
            self.gone_after = None;
            self.due = Some(Output::PeerIsGone);
        } else if self.speak_at().is_some_and(|at| at <= now) {
            self.last_out = now;
            self.due = Some(Output::SendNewline);
        }
    }

    /// What to do now, once.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.due.take()
    }

    /// When to call [`Self::handle_timeout`]. `None`: nothing is waited for.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.gone_at(), self.speak_at()].into_iter().flatten().min()
    }

    fn gone_at(&self) -> Option<Instant> {
        self.last_in.checked_add(self.gone_after?)
    }

    fn speak_at(&self) -> Option<Instant> {
        self.last_out.checked_add(self.speak_after?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connected pair of heart-beat and timeline.
    fn connected(peer: &str) -> (Heartbeat, impl Fn(u64) -> Instant) {
        #[expect(clippy::disallowed_methods, reason = "an arbitrary beginning of virtual time")]
        let start = Instant::now();
        let mut beat = Heartbeat::new(start);
        beat.handle_connect(Rhythm::parse(peer).unwrap(), start);
        (beat, move |millis| start + Duration::from_millis(millis))
    }

    /// Lets time pass until `end` as a driver does; what happened when.
    fn run(beat: &mut Heartbeat, at: impl Fn(u64) -> Instant, end: u64) -> Vec<(u64, Output)> {
        let mut seen = Vec::new();
        while let Some(due) = beat.poll_timeout().filter(|due| *due <= at(end)) {
            beat.handle_timeout(due);
            let millis = u64::try_from(due.duration_since(at(0)).as_millis()).unwrap();
            seen.extend(beat.poll_output().map(|output| (millis, output)));
        }
        seen
    }

    #[test]
    fn a_sleeping_client_gets_a_newline_every_ten_seconds_and_is_gone_after_three_minutes() {
        let (mut beat, at) = connected("60000,10000");
        let mut expected: Vec<_> = (1..18).map(|n| (n * 10_000, Output::SendNewline)).collect();
        expected.push((180_000, Output::PeerIsGone));
        assert_eq!(run(&mut beat, &at, 1_000_000), expected);
        assert_eq!(beat.poll_timeout(), None);
        beat.handle_timeout(at(2_000_000));
        assert_eq!(beat.poll_output(), None, "said once");
    }

    #[test]
    fn bytes_in_keep_the_peer_alive_and_bytes_out_save_newlines() {
        let (mut beat, at) = connected("60000,10000");
        beat.handle_bytes_out(at(9_999));
        beat.handle_bytes_in(at(15_000));
        assert_eq!(run(&mut beat, &at, 19_998), []);
        assert_eq!(run(&mut beat, &at, 19_999), [(19_999, Output::SendNewline)]);
        assert_eq!(run(&mut beat, &at, 194_999).last().unwrap().1, Output::SendNewline);
        assert_eq!(run(&mut beat, &at, 195_000), [(195_000, Output::PeerIsGone)]);
    }

    #[test]
    fn a_timeout_called_early_does_nothing() {
        let (mut beat, at) = connected("60000,10000");
        for millis in [0, 5_000, 9_999] {
            beat.handle_timeout(at(millis));
            assert_eq!(beat.poll_output(), None, "{millis}");
        }
        assert_eq!(beat.poll_timeout(), Some(at(10_000)));
    }

    #[test]
    fn intervals_are_the_larger_of_what_one_can_and_the_other_wants() {
        let rows = [
            ("60000,10000", Some(10_000), Some(180_000)),
            ("1000,1000", Some(10_000), Some(180_000)),
            ("90000,30000", Some(30_000), Some(270_000)),
            ("0,10000", Some(10_000), None),
            ("60000,0", None, Some(180_000)),
            ("0,0", None, None),
            ("99999999999999999999,0", None, Some(u64::from(u32::MAX) * 3)),
        ];
        for (peer, speak, gone) in rows {
            let (beat, at) = connected(peer);
            assert_eq!((beat.speak_at(), beat.gone_at()), (speak.map(&at), gone.map(&at)), "{peer}");
        }
    }

    #[test]
    fn who_does_not_connect_is_gone_after_a_minute_whatever_else_it_sends() {
        let (_, at) = connected("0,0");
        let mut beat = Heartbeat::new(at(0));
        beat.handle_bytes_in(at(59_000));
        assert_eq!(run(&mut beat, &at, 59_999), []);
        assert_eq!(run(&mut beat, &at, 60_000), [(60_000, Output::PeerIsGone)]);
    }

    #[test]
    fn what_is_no_rhythm_is_refused() {
        for text in ["", "1", "1,", ",1", "a,b", "1,2,3", "-1,2", "+1,2", "1.5,2", "1;2"] {
            assert_eq!(Rhythm::parse(text), None, "{text}");
        }
        assert_eq!(Rhythm::parse(&Rhythm::SERVER.to_string()), Some(Rhythm::SERVER));
        assert_eq!(Rhythm::parse("60000, 10000"), Some(Rhythm { sends_every: 60_000, wants_every: 10_000 }));
    }
}
