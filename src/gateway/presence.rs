//! Presence of members, for the chats of their channels: `participant.presence.changed` (protocol 6.1).
//!
//! A change of presence says nothing about channels, and the membership is in the store. So the dispatch, which must not
//! wait, only notes the user, and a task of its own reads in which channels to tell.
//!
//! The waiting room is bounded. When it is full a change is skipped and counted: chats are told of the next one, and
//! contacts were told already.
use crate::Gateway;
use model::{limits, user::UserView};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tracing::warn;
use wire::destination::{ChannelTopic, Topic};

/// Changes that may wait.
const MAX_WAITING: usize = 1024;

/// The waiting room.
pub(crate) struct ChatPresence {
    sender: mpsc::Sender<UserView>,
    /// Taken by the one task that follows.
    receiver: Mutex<Option<mpsc::Receiver<UserView>>>,
}

impl ChatPresence {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }

    /// Notes a change. `false`: too many wait.
    pub(crate) fn push(&self, user: UserView) -> bool {
        self.sender.try_send(user).is_ok()
    }
}

impl Gateway {
    /// Tells chats about their members, one change after the other.
    pub(crate) async fn follow_presence(&self) {
        let Some(mut changes) = self.chat_presence.receiver.lock().take() else { return };
        while let Some(user) = changes.recv().await {
            if let Err(problem) = self.tell_chats(&user).await {
                warn!(error = %problem, "could not tell chats about a change of presence");
            }
        }
    }

    async fn tell_chats(&self, user: &UserView) -> Result<(), domain::Error> {
        for channel in self.services.channels.joined_by(user.user.app, user.user.id).await? {
            let watchers = self.hub.watchers(Topic::Channel(channel, ChannelTopic::Participants));
            // In a crowd nobody follows who comes and goes; contacts were told already.
            if (1..=limits::LARGE_CHANNEL_MEMBERS).contains(&watchers) {
                self.tell_chat(channel, user);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::user;

    #[test]
    fn so_many_changes_wait_and_one_more_is_skipped() {
        let presence = ChatPresence::new();
        for _ in 0..MAX_WAITING {
            assert!(presence.push(user()));
        }
        assert!(!presence.push(user()));
    }
}
