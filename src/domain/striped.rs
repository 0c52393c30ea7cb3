//! Locks by key: changes of the same thing wait for each other, changes of different things hardly ever do.
//!
//! Services read, decide and write in several steps of the store. Whoever holds the key's lock does so alone on this
//! node, and publishes before letting go: what others hear is in the order of the commits.
use async_lock::{Mutex, MutexGuard};

/// Enough that unrelated keys rarely meet; each stripe is a few words.
const STRIPES: u64 = 64;

/// A fixed number of locks, shared by all keys.
pub(crate) struct Striped {
    stripes: Vec<Mutex<()>>,
}

impl Striped {
    pub(crate) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect() }
    }

    /// Waits for the key's lock. Invariant kept by callers: nobody holds two keys of one `Striped`.
    pub(crate) async fn lock(&self, key: u64) -> MutexGuard<'_, ()> {
        let stripe = usize::try_from(key % STRIPES).expect("invariant: STRIPES fits every usize");
        self.stripes.get(stripe).expect("invariant: one lock per remainder").lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::now_or_never;

    #[test]
    fn the_same_key_waits_and_its_neighbour_does_not() {
        let locks = Striped::new();
        let held = now_or_never(locks.lock(7)).unwrap();
        assert!(now_or_never(locks.lock(7)).is_none());
        assert!(now_or_never(locks.lock(8)).is_some());
        drop(held);
        assert!(now_or_never(locks.lock(7)).is_some());
    }
}
