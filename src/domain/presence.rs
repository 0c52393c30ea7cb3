//! Who is online, and who is in a call: true right now, never stored.
use crate::ports::Bus;
use model::{
    AppId, SessionKey, UserId,
    user::{CallStatus, User, UserView},
};
use std::sync::Arc;

/// Presence of the users of this node.
pub struct Presence {
    #[expect(dead_code, reason = "skeleton")]
    bus: Arc<dyn Bus>,
}

impl Presence {
    /// Nobody is online.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus }
    }

    /// A session of the user began or was resumed. The first one makes the user online, which is announced.
    pub fn session_started(&self, _user: &User, _session: SessionKey) {
        unimplemented!()
    }

    /// A session ended, or has been away for too long. The last one makes the user offline, which is announced.
    pub fn session_ended(&self, _app: AppId, _user: UserId, _session: SessionKey) {
        unimplemented!()
    }

    /// The stored user changed: a changed status or invisibility is announced.
    pub fn user_changed(&self, _user: &User) {
        unimplemented!()
    }

    /// The user takes part in a call, or no longer does: a change is announced.
    pub fn set_call_status(&self, _user: &User, _status: CallStatus) {
        unimplemented!()
    }

    /// The user with what is true of it right now.
    pub fn view(&self, _user: User) -> UserView {
        unimplemented!()
    }

    /// Users that others see as online.
    pub fn online(&self, _app: AppId) -> Vec<UserId> {
        unimplemented!()
    }
}
