//! All logical sessions of this node, found by key, by token, by user, by application.
//!
//! Locks: `tables` may be held while a session's state is locked, never the other way round.
use crate::{session::Session, token::Token};
use model::{AppId, SessionKey, UserId};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The registry.
pub(crate) struct Sessions {
    next_key: AtomicU64,
    tables: RwLock<Tables>,
    /// Sessions that time will do something to: those without a socket, and those that have just come back.
    waiting: Mutex<HashMap<SessionKey, Arc<Session>>>,
}

#[derive(Default)]
struct Tables {
    by_key: HashMap<SessionKey, Arc<Session>>,
    by_token: HashMap<Token, SessionKey>,
    by_user: HashMap<UserId, Vec<Arc<Session>>>,
    by_app: HashMap<AppId, HashMap<SessionKey, Arc<Session>>>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self { next_key: AtomicU64::new(1), tables: RwLock::default(), waiting: Mutex::default() }
    }

    /// A key that no session of this process had before.
    pub(crate) fn next_key(&self) -> SessionKey {
        SessionKey(self.next_key.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn insert(&self, session: &Arc<Session>) {
        let (key, token) = (session.key(), session.token());
        let mut tables = self.tables.write();
        tables.by_key.insert(key, session.clone());
        tables.by_token.insert(token, key);
        tables.by_user.entry(session.user()).or_default().push(session.clone());
        tables.by_app.entry(session.app()).or_default().insert(key, session.clone());
    }

    /// Forgets a session; an unknown one is ignored.
    pub(crate) fn remove(&self, session: &Arc<Session>) {
        let (key, token) = (session.key(), session.token());
        self.waiting.lock().remove(&key);
        let mut tables = self.tables.write();
        if tables.by_key.remove(&key).is_none() {
            return;
        }
        tables.by_token.remove(&token);
        if let Some(of_user) = tables.by_user.get_mut(&session.user()) {
            of_user.retain(|other| other.key() != key);
            if of_user.is_empty() {
                tables.by_user.remove(&session.user());
            }
        }
        if let Some(of_app) = tables.by_app.get_mut(&session.app()) {
            of_app.remove(&key);
            if of_app.is_empty() {
                tables.by_app.remove(&session.app());
            }
        }
    }

    /// From now on `token` resumes `session`, and its old token nothing.
    pub(crate) fn set_token(&self, session: &Arc<Session>, token: Token) {
        let mut tables = self.tables.write();
        tables.by_token.remove(&session.token());
        session.set_token(token);
        tables.by_token.insert(token, session.key());
    }

    pub(crate) fn by_key(&self, key: SessionKey) -> Option<Arc<Session>> {
        self.tables.read().by_key.get(&key).cloned()
    }

    pub(crate) fn by_token(&self, token: Token) -> Option<Arc<Session>> {
        let tables = self.tables.read();
        tables.by_key.get(tables.by_token.get(&token)?).cloned()
    }

    /// Sessions of a user, the oldest first.
    pub(crate) fn of_user(&self, user: UserId) -> Vec<Arc<Session>> {
        self.tables.read().by_user.get(&user).cloned().unwrap_or_default()
    }

    /// Calls `visit` for every session of an application. None comes or goes meanwhile.
    pub(crate) fn for_each_in(&self, app: AppId, mut visit: impl FnMut(&Arc<Session>)) {
        let tables = self.tables.read();
        for session in tables.by_app.get(&app).into_iter().flat_map(HashMap::values) {
            visit(session);
        }
    }

    /// Time will do something to the session.
    pub(crate) fn watch(&self, session: &Arc<Session>) {
        self.waiting.lock().insert(session.key(), session.clone());
    }

    /// Time will do nothing to it any more, unless `watch` is called again.
    pub(crate) fn unwatch(&self, key: SessionKey) {
        self.waiting.lock().remove(&key);
    }

    /// The sessions that time will do something to.
    pub(crate) fn waiting(&self) -> Vec<Arc<Session>> {
        self.waiting.lock().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    #[test]
    fn a_session_is_found_by_everything_until_it_is_removed() {
        let sessions = Sessions::new();
        let (first, second) = (session(1, 7), session(2, 7));
        sessions.insert(&first);
        sessions.insert(&second);
        assert!(sessions.by_key(SessionKey(1)).is_some_and(|found| Arc::ptr_eq(&found, &first)));
        assert!(sessions.by_token(second.token()).is_some_and(|found| Arc::ptr_eq(&found, &second)));
        let keys: Vec<_> = sessions.of_user(UserId(7)).iter().map(|session| session.key()).collect();
        assert_eq!(keys, [SessionKey(1), SessionKey(2)]);
        let mut count = 0;
        sessions.for_each_in(AppId(1), |_| count += 1);
        assert_eq!(count, 2);

        sessions.remove(&first);
        sessions.remove(&first);
        assert!(sessions.by_key(SessionKey(1)).is_none() && sessions.by_token(first.token()).is_none());
        sessions.remove(&second);
        let tables = sessions.tables.read();
        assert!(tables.by_token.is_empty() && tables.by_user.is_empty() && tables.by_app.is_empty());
    }

    #[test]
    fn a_new_token_replaces_the_old_one() {
        let sessions = Sessions::new();
        let session = session(1, 7);
        sessions.insert(&session);
        let (old, new) = (session.token(), Token::random());
        sessions.set_token(&session, new);
        assert!(sessions.by_token(old).is_none());
        assert!(sessions.by_token(new).is_some());
    }
}
