//! Chat sessions: who is in the chat of which channel, and who learns of it.
//!
//! A user is in a chat while at least one subscription of `C._topics.self` lives, in any of its sessions: a session may
//! hold two (protocol 8.2). The first one is announced as `channel.participant.active`, the end of the last one as
//! `channel.participant.inactive`, to everybody else in the chat.
use crate::{
    hub::Hub,
    rendering::{Rendering, Resource},
};
use model::{ChannelId, Timestamp, UserId, user::UserView};
use parking_lot::Mutex;
use std::collections::HashMap;
use wire::{
    destination::{ChannelTopic, Topic},
    event::EventType,
    resource::Renderer,
};

/// Counts of chat sessions.
///
/// Invariant: no count is zero. Held while a change is announced, so that announcements come in the order of the changes.
#[derive(Default)]
pub(crate) struct Chats {
    counts: Mutex<HashMap<(ChannelId, UserId), u32>>,
}

/// What an announcement needs.
#[derive(Clone, Copy)]
pub(crate) struct Announcer<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) renderer: &'a Renderer,
    pub(crate) now: Timestamp,
}

impl Chats {
    /// A chat session begins, if `enters` says so: it is asked under the lock, so that nothing comes between.
    pub(crate) fn enter(
        &self,
        channel: ChannelId,
        user: &UserView,
        enters: impl FnOnce() -> bool,
        announcer: Announcer<'_>,
    ) {
        let mut counts = self.counts.lock();
        if !enters() {
            return;
        }
        let count = counts.entry((channel, user.user.id)).or_default();
        *count += 1;
        if *count == 1 {
            announcer.tell(channel, user, EventType::ChannelParticipantActive);
        }
    }

    /// A chat session ends. Without `view`, because it could not be read, nobody is told.
    pub(crate) fn leave(
        &self,
        channel: ChannelId,
        user: UserId,
        view: Option<&UserView>,
        announcer: Announcer<'_>,
    ) {
        let mut counts = self.counts.lock();
        let key = (channel, user);
        let Some(count) = counts.get_mut(&key) else { return };
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
            if let Some(view) = view {
                announcer.tell(channel, view, EventType::ChannelParticipantInactive);
            }
        }
    }
}

impl Announcer<'_> {
    fn tell(self, channel: ChannelId, user: &UserView, event_type: EventType) {
        let rendering = Rendering::new(self.renderer, event_type, Resource::User(user));
        self.hub.for_each(Topic::Channel(channel, ChannelTopic::Participants), |session, subscription| {
            if session.user() != user.user.id {
                session.deliver(subscription, &rendering, self.now);
            }
        });
    }
}

#[cfg(test)]
mod tests;
