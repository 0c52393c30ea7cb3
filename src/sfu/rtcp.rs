//! RTCP bytes: reading compound packets of peers, writing ours (RFC 3550, 4585, 5104, transport-wide feedback draft).
//!
//! ```text
//!   opened datagram ─▶ Reader ─▶ Packet, Packet, …
//!   Writer ─▶ reports, NACK, PLI, transport-wide feedback ─▶ (seal) ─▶ datagram
//! ```
//!
//! Allocation-free both ways: feedback leaves every 50 ms for every publisher. Checked against `rtc-rtcp` in the tests.

mod arrivals;
mod read;
mod write;

pub(crate) use arrivals::Arrivals;
pub(crate) use read::{Packet, Reader, nack_sequences};
pub(crate) use write::{ReportBlock, SenderReport, Writer};

/// Largest RTCP datagram we write, bytes, before protection.
pub(crate) const MAX_RTCP_BYTES: usize = 1100;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;

/// Transport feedback: generic NACK.
const NACK: u8 = 1;
/// Transport feedback: transport-wide congestion control.
const TRANSPORT_CC: u8 = 15;
/// Payload feedback: picture loss indication.
const PLI: u8 = 1;
/// Payload feedback: full intra request.
const FIR: u8 = 4;
/// Payload feedback: application layer, used by REMB.
const APPLICATION: u8 = 15;

/// Bytes of a report block.
const REPORT_BLOCK_BYTES: usize = 24;

#[cfg(test)]
mod tests;
