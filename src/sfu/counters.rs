//! Plain numbers about the media plane, since start. `media` publishes them as metrics; nothing else reads them.
//!
//! Every way a datagram can be dropped has its own counter: a hostile packet leaves a number, never a log line.

/// Totals of one [`Sfu`](crate::Sfu).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams handed in.
    pub datagrams: u64,
    /// RTP packets that passed authentication.
    pub rtp_received: u64,
    /// RTP packets sent to receivers, first transmissions.
    pub rtp_forwarded: u64,
    /// RTP packets sent again to receivers that asked.
    pub rtp_resent: u64,
    /// Packets repaired by a publisher's retransmission.
    pub rtp_repaired: u64,
    /// Packets a publisher was asked for again.
    pub nacks_sent: u64,
    /// Packets receivers asked for again.
    pub nacks_received: u64,
    /// Key frames asked of publishers.
    pub key_frame_requests: u64,
    /// RTCP datagrams that passed authentication.
    pub rtcp_received: u64,
    /// RTCP datagrams sent.
    pub rtcp_sent: u64,
    /// Transport-wide feedback received from receivers.
    pub transport_feedback_received: u64,
    /// Peers made.
    pub peers_created: u64,
    /// Peers that vanished: silence, a failed handshake or a closed one.
    pub peers_lost: u64,
    /// Why datagrams, packets and requests were not followed.
    pub dropped: Drops,
}

/// What was dropped, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// The first byte belongs to no protocol we speak, or the packet is cut short.
    pub malformed: u64,
    /// The address has not been authenticated by STUN.
    pub unknown_address: u64,
    /// STUN for nobody, with a wrong password, or damaged.
    pub stun: u64,
    /// DTLS the handshake refuses.
    pub dtls: u64,
    /// SRTP or SRTCP that does not authenticate, or was seen before.
    pub srtp: u64,
    /// RTP before the handshake is over.
    pub early: u64,
    /// An SSRC that is neither signalled nor claims a section of the peer.
    pub unknown_ssrc: u64,
    /// A new SSRC although the peer has too many, or its section is in use by another.
    pub surplus_ssrc: u64,
    /// A payload type the section has not negotiated.
    pub unknown_payload_type: u64,
    /// A payload that is too long to forward.
    pub too_long: u64,
    /// A packet that was there already (probes look like this).
    pub duplicate: u64,
    /// A packet too old to be placed.
    pub too_old: u64,
    /// Padding only: counted for congestion control, then dropped.
    pub padding: u64,
    /// A receiver has no codec for the packet.
    pub unmatched_codec: u64,
    /// Malformed RTCP.
    pub rtcp: u64,
    /// A retransmission that was asked for too often, or is no longer there.
    pub refused_resend: u64,
    /// A packet that could not be written or sealed.
    pub unsent: u64,
}
