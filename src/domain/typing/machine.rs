//! Who types where, and until when. Pure: time is an argument.
//!
//! ```text
//!   idle ── keys ─▶ typing ── keys ─▶ typing, 5 s more
//!                   typing ── silence, empty keys, message, session ends ─▶ idle
//!   idle ── keys within 300 ms of the user's message there ─▶ idle: they belong to that message
//! ```
use model::{ChannelId, SessionKey, Timestamp, UserId, event::TypingPlace, limits};
use std::collections::{BTreeMap, BTreeSet};

/// Messages remembered for their late keystrokes before the oldest are forgotten.
const REMEMBERED: usize = 4096;

/// Everybody who types. `T` is what the caller keeps of a typist.
pub(super) struct Machine<T> {
    typists: BTreeMap<(TypingPlace, UserId), Typist<T>>,
    deadlines: BTreeSet<(Timestamp, TypingPlace, UserId)>,
    sent: BTreeMap<(TypingPlace, UserId), Timestamp>,
}

struct Typist<T> {
    session: SessionKey,
    deadline: Timestamp,
    kept: T,
}

impl<T> Default for Machine<T> {
    fn default() -> Self {
        Self { typists: BTreeMap::new(), deadlines: BTreeSet::new(), sent: BTreeMap::new() }
    }
}

impl<T> Machine<T> {
    pub(super) fn is_typing(&self, place: TypingPlace, user: UserId) -> bool {
        self.typists.contains_key(&(place, user))
    }

    /// Keystrokes this late belong to the message.
    pub(super) fn belongs_to_message(&self, place: TypingPlace, user: UserId, now: Timestamp) -> bool {
        let sent = self.sent.get(&(place, user));
        sent.is_some_and(|sent| now < *sent + limits::TYPING_AFTER_MESSAGE)
    }

    /// Did the user begin to type? `kept` is kept of those who do.
    pub(super) fn type_on(
        &mut self,
        place: TypingPlace,
        user: UserId,
        session: SessionKey,
        now: Timestamp,
        kept: T,
    ) -> bool {
        let deadline = now + limits::TYPING;
        let before = self.typists.remove(&(place, user));
        let began = before.is_none();
        let kept = match before {
            Some(typist) => {
                self.deadlines.remove(&(typist.deadline, place, user));
                typist.kept
            }
            None => kept,
        };
        self.typists.insert((place, user), Typist { session, deadline, kept });
        self.deadlines.insert((deadline, place, user));
        began
    }

    /// What was kept of the user, who typed and no longer does.
    pub(super) fn stop(&mut self, place: TypingPlace, user: UserId) -> Option<T> {
        let typist = self.typists.remove(&(place, user))?;
        self.deadlines.remove(&(typist.deadline, place, user));
        Some(typist.kept)
    }

    pub(super) fn message_sent(&mut self, place: TypingPlace, user: UserId, now: Timestamp) -> Option<T> {
        if self.sent.len() >= REMEMBERED {
            self.sent.retain(|_, sent| now < *sent + limits::TYPING_AFTER_MESSAGE);
        }
        if self.sent.len() < REMEMBERED {
            self.sent.insert((place, user), now);
        }
        self.stop(place, user)
    }

    /// All that a session typed, in one channel or everywhere.
    pub(super) fn stop_session(
        &mut self,
        session: SessionKey,
        channel: Option<ChannelId>,
    ) -> Vec<(TypingPlace, T)> {
        self.stop_where(|place, _, typist| {
            typist.session == session && channel.is_none_or(|channel| channel == place.channel)
        })
    }

    /// All that a user typed in a channel.
    pub(super) fn stop_user(&mut self, channel: ChannelId, user: UserId) -> Vec<(TypingPlace, T)> {
        self.stop_where(|place, typist, _| (place.channel, typist) == (channel, user))
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, ..)| *deadline)
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) -> Vec<(TypingPlace, T)> {
        let mut stopped = Vec::new();
        while let Some((deadline, place, user)) = self.deadlines.first().copied().filter(|due| due.0 <= now) {
            self.deadlines.remove(&(deadline, place, user));
            stopped.extend(self.typists.remove(&(place, user)).map(|typist| (place, typist.kept)));
        }
        stopped
    }

    fn stop_where(
        &mut self,
        stops: impl Fn(TypingPlace, UserId, &Typist<T>) -> bool,
    ) -> Vec<(TypingPlace, T)> {
        let who = self.typists.iter().filter(|((place, user), typist)| stops(*place, *user, typist));
        let who: Vec<(TypingPlace, UserId)> = who.map(|(key, _)| *key).collect();
        who.into_iter().filter_map(|(place, user)| Some((place, self.stop(place, user)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ThreadId;
    use std::time::Duration;

    const HERE: TypingPlace = TypingPlace { channel: ChannelId(1), thread: ThreadId(1), main: true };
    const THREAD: TypingPlace = TypingPlace { channel: ChannelId(1), thread: ThreadId(2), main: false };
    const ELSEWHERE: TypingPlace = TypingPlace { channel: ChannelId(2), thread: ThreadId(3), main: true };
    const ANN: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const PHONE: SessionKey = SessionKey(1);
    const LAPTOP: SessionKey = SessionKey(2);

    fn at(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    fn places(stopped: Vec<(TypingPlace, ())>) -> Vec<TypingPlace> {
        stopped.into_iter().map(|(place, ())| place).collect()
    }

    #[test]
    fn typing_begins_once_and_ends_five_seconds_after_the_last_keystrokes() {
        let mut machine = Machine::default();
        assert_eq!(machine.next_deadline(), None);
        assert!(machine.type_on(HERE, ANN, PHONE, at(0), ()));
        assert!(!machine.type_on(HERE, ANN, PHONE, at(4_999), ()));
        assert_eq!(machine.next_deadline(), Some(at(9_999)));
        assert_eq!(machine.handle_timeout(at(9_998)), []);
        assert_eq!(machine.handle_timeout(at(9_999)), [(HERE, ())]);
        assert_eq!(machine.next_deadline(), None);
        assert!(machine.type_on(HERE, ANN, PHONE, at(10_000), ()));
    }

    #[test]
    fn people_and_threads_are_told_apart() {
        let mut machine = Machine::default();
        for (place, user) in [(HERE, ANN), (THREAD, ANN), (HERE, BOB), (ELSEWHERE, ANN)] {
            assert!(machine.type_on(place, user, PHONE, at(0), ()));
        }
        assert_eq!(machine.stop(THREAD, ANN), Some(()));
        assert_eq!(machine.stop(THREAD, ANN), None);
        assert!(machine.is_typing(HERE, ANN) && machine.is_typing(HERE, BOB));
        assert_eq!(machine.handle_timeout(at(5_000)).len(), 3);
    }

    #[test]
    fn a_message_ends_typing_and_what_comes_right_after_belongs_to_it() {
        let mut machine = Machine::default();
        machine.type_on(HERE, ANN, PHONE, at(0), ());
        assert_eq!(machine.message_sent(HERE, ANN, at(100)), Some(()));
        assert_eq!(machine.next_deadline(), None);
        for (millis, belongs) in [(100, true), (399, true), (400, false)] {
            assert_eq!(machine.belongs_to_message(HERE, ANN, at(millis)), belongs, "{millis}");
        }
        assert!(!machine.belongs_to_message(THREAD, ANN, at(100)), "another thread");
        assert!(!machine.belongs_to_message(HERE, BOB, at(100)), "another user");
    }

    #[test]
    fn a_session_that_ends_types_no_more_and_other_devices_go_on() {
        let mut machine = Machine::default();
        machine.type_on(HERE, ANN, PHONE, at(0), ());
        machine.type_on(ELSEWHERE, ANN, PHONE, at(0), ());
        machine.type_on(THREAD, ANN, LAPTOP, at(0), ());
        assert_eq!(places(machine.stop_session(PHONE, Some(ChannelId(1)))), [HERE]);
        assert_eq!(places(machine.stop_session(PHONE, None)), [ELSEWHERE]);
        assert!(machine.is_typing(THREAD, ANN));
        // The last device that typed is the one that counts.
        machine.type_on(THREAD, ANN, PHONE, at(1), ());
        assert_eq!(machine.stop_session(LAPTOP, None), []);
        assert_eq!(places(machine.stop_user(ChannelId(1), ANN)), [THREAD]);
    }

    #[test]
    fn memory_of_messages_is_bounded() {
        let mut machine: Machine<()> = Machine::default();
        for user in 0..REMEMBERED as u64 + 10 {
            machine.message_sent(HERE, UserId(user), at(0));
        }
        assert_eq!(machine.sent.len(), REMEMBERED);
        machine.message_sent(HERE, ANN, at(0) + limits::TYPING_AFTER_MESSAGE + Duration::from_millis(1));
        assert_eq!(machine.sent.len(), 1);
    }
}
