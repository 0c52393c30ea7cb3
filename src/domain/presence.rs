//! Who is online, and who is in a call: true right now, never stored.
//!
//! A user is online while at least one session lives. Whoever chose `INVISIBLE` looks to everybody else exactly like
//! somebody who is away. Only a change of what others see is announced.
//!
//! Invariants
//! - Announcements come in the order of the changes: both happen under `order`.
//! - `seats` has an entry exactly for users with a session or in a call.
use crate::ports::Bus;
use model::{
    AppId, SessionKey, UserId,
    event::Notice,
    user::{self, CallStatus, STATUS_AVAILABLE, STATUS_INVISIBLE, User, UserView},
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Presence of the users of this node.
pub struct Presence {
    bus: Arc<dyn Bus>,
    /// Held over a change and its announcement; `seats` only over the change, so that receivers may look.
    order: Mutex<()>,
    seats: Mutex<BTreeMap<(AppId, UserId), Seat>>,
}

/// What is known of a user who is here.
struct Seat {
    /// As last stored.
    user: User,
    sessions: BTreeSet<SessionKey>,
    in_call: bool,
}

impl Presence {
    /// Nobody is online.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus, order: Mutex::new(()), seats: Mutex::default() }
    }

    /// A session of the user began or was resumed. The first one makes the user online, which is announced.
    pub fn session_started(&self, user: &User, session: SessionKey) {
        self.change(user, |seat| {
            seat.user = user.clone();
            seat.sessions.insert(session);
        });
    }

    /// A session ended, or has been away for too long. The last one makes the user offline, which is announced.
    pub fn session_ended(&self, app: AppId, user: UserId, session: SessionKey) {
        let known = self.seats.lock().get(&(app, user)).map(|seat| seat.user.clone());
        if let Some(user) = known {
            self.change(&user, |seat| {
                seat.sessions.remove(&session);
            });
        }
    }

    /// The stored user changed: a changed status or invisibility is announced. Of users who are not here nobody sees
    /// a presence that could change.
    pub fn user_changed(&self, user: &User) {
        if self.seats.lock().contains_key(&(user.app, user.id)) {
            self.change(user, |seat| seat.user = user.clone());
        }
    }

    /// The user takes part in a call, or no longer does: a change is announced.
    pub fn set_call_status(&self, user: &User, status: CallStatus) {
        self.change(user, |seat| seat.in_call = status == CallStatus::InCall);
    }

    /// The user with what is true of it right now.
    pub fn view(&self, user: User) -> UserView {
        let seats = self.seats.lock();
        let (presence, call_status) = seen(&user, seats.get(&(user.app, user.id)));
        UserView { user, presence, call_status }
    }

    /// The same for an event that changes the call status: as it is going to be.
    pub(crate) fn view_as(&self, user: User, status: CallStatus) -> UserView {
        let view = self.view(user);
        let hidden = view.user.presence_status == STATUS_INVISIBLE;
        UserView { call_status: if hidden { CallStatus::Available } else { status }, ..view }
    }

    /// Users that others see as online.
    pub fn online(&self, app: AppId) -> Vec<UserId> {
        let seats = self.seats.lock();
        let of_app = seats.range((app, UserId(0))..=(app, UserId(u64::MAX)));
        of_app.filter(|(_, seat)| seen(&seat.user, Some(seat)).0.online).map(|((_, user), _)| *user).collect()
    }

    /// Changes what is known of a user and tells others, if they see it. `user` is who sits down if nobody does.
    fn change(&self, user: &User, change: impl FnOnce(&mut Seat)) {
        let _in_order = self.order.lock();
        let Some((user, (presence, call_status))) = self.apply(user, change) else { return };
        let app = user.app;
        self.bus.announce(Notice::PresenceChanged { app, user: UserView { user, presence, call_status } });
    }

    /// The user and what others see of it, if that is something new.
    fn apply(
        &self,
        user: &User,
        change: impl FnOnce(&mut Seat),
    ) -> Option<(User, (user::Presence, CallStatus))> {
        let mut seats = self.seats.lock();
        let seat = seats.entry((user.app, user.id)).or_insert_with(|| Seat {
            user: user.clone(),
            sessions: BTreeSet::new(),
            in_call: false,
        });
        let before = seen(&seat.user, Some(seat));
        change(seat);
        let after = seen(&seat.user, Some(seat));
        let changed = (before != after).then(|| (seat.user.clone(), after));
        if seat.sessions.is_empty() && !seat.in_call {
            seats.remove(&(user.app, user.id));
        }
        changed
    }
}

/// What others see of a user. Nothing tells the invisible from the absent.
fn seen(user: &User, seat: Option<&Seat>) -> (user::Presence, CallStatus) {
    let hidden = user.presence_status == STATUS_INVISIBLE;
    let status = if hidden { STATUS_AVAILABLE } else { &user.presence_status };
    let seat = seat.filter(|_| !hidden);
    let call_status = match seat {
        Some(seat) if seat.in_call => CallStatus::InCall,
        _ => CallStatus::Available,
    };
    let online = seat.is_some_and(|seat| !seat.sessions.is_empty());
    (user::Presence { status: status.to_owned(), online }, call_status)
}

#[cfg(test)]
mod tests;
