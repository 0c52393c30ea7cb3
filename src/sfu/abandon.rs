//! What is left when the code of one call panicked: everything but that call.
//!
//! Whoever drives the [`Sfu`] catches the panic. Calls share nothing that one of them could leave half done: the queue
//! of datagrams takes an entry only when it is whole, a stale deadline wakes nobody, and routes are looked through here.
use crate::SfuEvent;
use crate::sfu::Sfu;
use model::CallId;

impl Sfu {
    /// Drops the call that the last step was about, without running any of its code, and reports its peers as lost.
    /// To be called after a panic in one of the other functions, and only then. `None` when the step had not come to a
    /// call yet; then nothing was begun.
    pub fn abandon(&mut self) -> Option<CallId> {
        let index = self.at_work.take()?;
        let call = self.calls.remove(index);
        let id = call.as_ref().map(|call| call.id);
        self.by_call.retain(|_, other| *other != index);
        self.by_address.retain(|_, peer| peer.call != index);
        self.by_ufrag.retain(|_, peer| peer.call != index);
        for (_, peer) in call.iter().flat_map(|call| call.peers.iter()) {
            self.around.counters.peers_lost += 1;
            let session = peer.identity.session;
            self.around.events.extend(id.map(|call| SfuEvent::Lost { call, session }));
        }
        id
    }
}
