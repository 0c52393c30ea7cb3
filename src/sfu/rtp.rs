//! RTP bytes: reading what publishers send, writing what receivers get (RFC 3550, RFC 8285, RFC 4588).
//!
//! ```text
//!   datagram ─▶ Header::parse ─▶ (open) ─▶ Extensions::read ─▶ ring
//!   ring ─▶ HeaderTemplate::write ─▶ (seal) ─▶ datagram
//! ```
//!
//! Zero-copy and allocation-free. Nothing here knows peers, keys or time.

mod extension;
mod header;
mod template;

pub(crate) use extension::{ExtensionIds, ReadExtensions};
pub(crate) use header::Header;
pub(crate) use template::{Fields, HeaderTemplate, Stamps};

/// Is this datagram RTP or RTCP, by its first byte (RFC 7983)?
pub(crate) fn is_rtp_or_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(128..=191))
}

/// Tells RTCP from RTP on one port (RFC 5761): packet types 192–223 are RTCP.
pub(crate) fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram.get(1), Some(192..=223))
}
