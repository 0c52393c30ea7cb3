//! Grants for files: signed tokens that say who may write or read, and until when.
//!
//! ```text
//!   w1.<app>.<user>.<expiry, ms>.<HMAC-SHA256 of all before, base64url>       w: write, r: read
//! ```
//!
//! Clients ask for a grant once per `startSession` and put it into URLs and headers as it is (protocol 2.8): it lives
//! for weeks, and its alphabet is `[A-Za-z0-9._-]`.
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{AppId, Timestamp, UserId};
use std::time::Duration;

/// How long a grant is good. A session may live for days, and grants are not refreshed when it reconnects.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// Upload.
    Write,
    /// Download.
    Read,
}

impl GrantKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Write => "w1",
            Self::Read => "r1",
        }
    }
}

/// Makes and checks grants.
pub struct Grants {
    key: hmac::Key,
}

impl Grants {
    /// `secret` must be the same on every node and after a restart.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// A token for a user.
    pub fn issue(&self, kind: GrantKind, app: AppId, user: UserId, now: Timestamp) -> String {
        let claims = format!("{}.{}.{}.{}", kind.prefix(), app.0, user.0, (now + LIFETIME).0);
        let signature = hmac::sign(&self.key, claims.as_bytes());
        format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whom the token was made for; `None` when it is not ours, of another kind, or too old.
    pub fn check(&self, kind: GrantKind, token: &str, now: Timestamp) -> Option<(AppId, UserId)> {
        let (claims, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, claims.as_bytes(), &signature).ok()?;
        let mut parts = claims.split('.');
        let (prefix, app, user, expiry) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_good = prefix == kind.prefix() && parts.next().is_none() && now.0 < expiry.parse().ok()?;
        is_good.then_some((AppId(app.parse().ok()?), UserId(user.parse().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_655_373_600_000);

    fn token() -> String {
        Grants::new(&[7; 32]).issue(GrantKind::Write, AppId(3), UserId(42), NOW)
    }

    #[test]
    fn a_grant_names_its_user_until_it_expires() {
        let grants = Grants::new(&[7; 32]);
        let last = Timestamp((NOW + LIFETIME).0 - 1);
        assert_eq!(grants.check(GrantKind::Write, &token(), last), Some((AppId(3), UserId(42))));
        assert_eq!(grants.check(GrantKind::Write, &token(), NOW + LIFETIME), None);
    }

    #[test]
    fn a_grant_is_good_for_its_kind_and_under_its_key_only() {
        assert_eq!(Grants::new(&[7; 32]).check(GrantKind::Read, &token(), NOW), None);
        assert_eq!(Grants::new(&[8; 32]).check(GrantKind::Write, &token(), NOW), None);
    }

    #[test]
    fn no_changed_byte_passes() {
        let (grants, token) = (Grants::new(&[7; 32]), token());
        for position in 0..token.len() - 1 {
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(grants.check(GrantKind::Write, &changed, NOW), None, "{changed}");
        }
        for text in ["", ".", "w1", "w1.1.1.9999999999999", "....", "é.é"] {
            assert_eq!(grants.check(GrantKind::Write, text, NOW), None, "{text}");
        }
    }

    #[test]
    fn a_grant_fits_urls_and_headers_as_it_is() {
        assert!(
            token().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte)),
            "{}",
            token()
        );
    }
}
