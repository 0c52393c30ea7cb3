//! The subscriptions of one session: ids that a client chose, and what the caller says they mean (`T`).
//!
//! Only long subscriptions are kept. One that is answered once leaves nothing here: do not insert it. The table may
//! outlive a connection; a client that comes back subscribes again with the same ids, which replaces what they mean.
use crate::AckMode;
use std::collections::BTreeMap;

/// A bounded table.
#[derive(Clone, Debug)]
pub struct Subscriptions<T> {
    limit: usize,
    by_id: BTreeMap<Box<str>, Subscription<T>>,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription<T> {
    /// Does the client acknowledge messages?
    pub ack: AckMode,
    /// What it watches.
    pub subject: T,
}

/// The session holds as many subscriptions as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl<T> Subscriptions<T> {
    /// For a session that may hold `limit` at once.
    pub fn new(limit: usize) -> Self {
        Self { limit, by_id: BTreeMap::new() }
    }

    /// Gives `id` a meaning, and returns the one it had.
    pub fn insert(
        &mut self,
        id: &str,
        subscription: Subscription<T>,
    ) -> Result<Option<Subscription<T>>, Full> {
        if let Some(known) = self.by_id.get_mut(id) {
            return Ok(Some(std::mem::replace(known, subscription)));
        }
        if self.by_id.len() >= self.limit {
            return Err(Full);
        }
        self.by_id.insert(id.into(), subscription);
        Ok(None)
    }

    /// Forgets `id`. `None` when it was not known, which is no error: relays are unsubscribed by nobody, and topics
    /// may be dropped by the server first.
    pub fn remove(&mut self, id: &str) -> Option<Subscription<T>> {
        self.by_id.remove(id)
    }

    /// What `id` means.
    pub fn get(&self, id: &str) -> Option<&Subscription<T>> {
        self.by_id.get(id)
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Subscription<T>)> {
        self.by_id.iter().map(|(id, subscription)| (&**id, subscription))
    }

    /// Keeps those for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Subscription<T>) -> bool) {
        self.by_id.retain(|id, subscription| keep(id, subscription));
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watching(subject: u8) -> Subscription<u8> {
        Subscription { ack: AckMode::ClientIndividual, subject }
    }

    #[test]
    fn an_id_used_again_means_the_new_subject_and_takes_no_room() {
        let mut table = Subscriptions::new(2);
        assert_eq!(table.insert("a", watching(1)), Ok(None));
        assert_eq!(table.insert("b", watching(2)), Ok(None));
        assert_eq!(table.insert("a", watching(3)), Ok(Some(watching(1))));
        assert_eq!(table.get("a"), Some(&watching(3)));
        assert_eq!(
            table.iter().map(|(id, found)| (id, found.subject)).collect::<Vec<_>>(),
            [("a", 3), ("b", 2)]
        );
    }

    #[test]
    fn a_full_table_refuses_new_ids_until_one_is_removed() {
        let mut table = Subscriptions::new(2);
        table.insert("a", watching(1)).unwrap();
        assert_eq!(table.insert("b", watching(2)), Ok(None), "at the limit");
        assert_eq!(table.insert("c", watching(3)), Err(Full), "one past it");
        assert_eq!(table.remove("unknown"), None);
        assert_eq!(table.remove("a"), Some(watching(1)));
        assert_eq!(table.insert("c", watching(3)), Ok(None));
        table.retain(|id, _| id != "c");
        assert_eq!((table.len(), table.is_empty()), (1, false));
    }
}
