//! The ICE-lite agent of one peer (RFC 8445): proves addresses, selects one. Never sends a check of its own.
//!
//! ```text
//!   check ─▶ whose password? ─▶ authentic ─▶ address kept ─▶ selected if it is the first, or nominated
//! ```
//!
//! Invariants
//! - An address is kept, and one is selected, only after an authentic check from it.
//! - A restart takes nothing away before a check with the new credentials has come through.
use super::Rejected;
use super::stun::{Answer, Request};
use crate::Transmits;
use aws_lc_rs::hmac;
use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

/// Authenticated addresses of one peer: IPv4 and IPv6 on two networks, each also through a relay.
pub(super) const MAX_ADDRESSES: usize = 8;

/// One side's user name fragment and password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct IceCredentials {
    /// The user name fragment.
    pub(crate) ufrag: String,
    /// The password.
    pub(crate) pwd: String,
}

/// Without the password.
impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// The credentials of one ICE session, as checks show them.
struct Generation {
    /// `local:remote`.
    username: String,
    /// From our password: clients sign checks with it, and we our answers.
    key: hmac::Key,
}

impl Generation {
    fn new(local: &IceCredentials, remote: &IceCredentials) -> Self {
        Self {
            username: format!("{}:{}", local.ufrag, remote.ufrag),
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, local.pwd.as_bytes()),
        }
    }
}

/// An address an authentic check came from.
#[derive(Clone, Copy, Debug)]
struct Proven {
    address: SocketAddr,
    last_check: Instant,
}

/// The agent.
pub(super) struct Agent {
    current: Generation,
    /// Until the first check with the current credentials.
    previous: Option<Generation>,
    /// The current credentials have been used.
    is_confirmed: bool,
    /// At most [`MAX_ADDRESSES`].
    proven: Vec<Proven>,
    selected: Option<SocketAddr>,
    last_check: Instant,
}

impl Agent {
    /// An agent that has heard nothing yet.
    pub(super) fn new(local: &IceCredentials, remote: &IceCredentials, now: Instant) -> Self {
        Self {
            current: Generation::new(local, remote),
            previous: None,
            is_confirmed: false,
            proven: Vec::new(),
            selected: None,
            last_check: now,
        }
    }

    /// New credentials. The ones that were in use before go on working until the new ones are used.
    pub(super) fn restart(&mut self, local: &IceCredentials, remote: &IceCredentials) {
        let before = std::mem::replace(&mut self.current, Generation::new(local, remote));
        if self.is_confirmed || self.previous.is_none() {
            self.previous = Some(before);
        }
        self.is_confirmed = false;
    }

    /// May checks still name this user name fragment of ours?
    pub(super) fn knows(&self, local_ufrag: &str) -> bool {
        let is_its = |generation: &Generation| {
            generation.username.strip_prefix(local_ufrag).is_some_and(|rest| rest.starts_with(':'))
        };
        is_its(&self.current) || self.previous.as_ref().is_some_and(is_its)
    }

    /// A STUN datagram. Answers it if it is a Binding request, and follows it if it is authentic.
    pub(super) fn handle_stun(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        now: Instant,
        out: &mut Transmits,
    ) -> Result<(), Rejected> {
        let request = Request::read(datagram).ok_or(Rejected)?;
        let username = request.username.unwrap_or_default();
        let is_current = username == self.current.username.as_bytes();
        let generation = self.previous.as_ref().filter(|previous| username == previous.username.as_bytes());
        let generation = generation.filter(|_| !is_current).unwrap_or(&self.current);
        let answer = if !request.has_credentials() {
            Answer::BadRequest
        } else if username != generation.username.as_bytes() || !request.is_authentic(&generation.key) {
            Answer::Unauthenticated
        } else if !request.unknown().is_empty() {
            Answer::UnknownAttributes(request.unknown())
        } else if request.is_controlled {
            // The full agent has to control a lite one (RFC 8445, section 6.1.1).
            Answer::RoleConflict
        } else {
            Answer::Mapped(from)
        };
        out.push(from, |buffer| answer.write(&request, &generation.key, buffer).unwrap_or_default());
        if !matches!(answer, Answer::Mapped(_)) {
            return Err(Rejected);
        }
        self.follow(from, is_current, request.uses_candidate, now);
        Ok(())
    }

    /// The selected address.
    pub(super) fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    /// Has an authentic check come from this address, not too many addresses ago?
    pub(super) fn accepts(&self, address: SocketAddr) -> bool {
        self.proven.iter().any(|proven| proven.address == address)
    }

    /// When the last authentic check came; the beginning when there was none.
    pub(super) fn last_check(&self) -> Instant {
        self.last_check
    }

    /// An authentic check.
    fn follow(&mut self, from: SocketAddr, is_current: bool, is_nominated: bool, now: Instant) {
        self.last_check = now;
        self.keep(from, now);
        let is_first = is_current && !self.is_confirmed;
        if is_first {
            self.is_confirmed = true;
            self.previous = None;
        }
        // Chromium begins DTLS before it nominates, so the first check selects.
        if is_first || is_nominated || self.selected.is_none() {
            self.selected = Some(from);
        }
    }

    /// Keeps an address. When there are too many, the one that was silent longest goes, but never the selected one.
    fn keep(&mut self, address: SocketAddr, now: Instant) {
        if let Some(proven) = self.proven.iter_mut().find(|proven| proven.address == address) {
            proven.last_check = now;
            return;
        }
        if self.proven.len() >= MAX_ADDRESSES {
            let unselected = self.proven.iter().enumerate().filter(|(_, p)| Some(p.address) != self.selected);
            if let Some((oldest, _)) = unselected.min_by_key(|(_, proven)| proven.last_check) {
                self.proven.remove(oldest);
            }
        }
        self.proven.push(Proven { address, last_check: now });
    }
}

#[cfg(test)]
#[path = "ice/tests.rs"]
mod tests;
