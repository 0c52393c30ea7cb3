//! What the media plane counts.

telemetry::metrics! {
    /// Every number of this crate. Labels have few, fixed values.
    pub struct MediaMetrics("media") {
        /// Calls that have media.
        pub(crate) calls: IntGauge,
        /// Media connections, connected or still connecting.
        pub(crate) peers: IntGauge,
        /// Media connections that vanished: silence, a failed handshake or a closed one.
        pub(crate) peers_lost_total: IntCounter,
        /// Datagrams, by direction.
        pub(crate) packets_total: IntCounterVec["direction"],
        /// Payload of datagrams, by direction, bytes.
        pub(crate) bytes_total: IntCounterVec["direction"],
        /// System calls that asked for datagrams; the kernel gives many at once when there are many.
        pub(crate) receive_calls_total: IntCounter,
        /// System calls that datagrams were sent with; fewer than packets where the kernel segments.
        pub(crate) send_calls_total: IntCounter,
        /// RTP packets: received, forwarded, repaired by their publisher, resent to a receiver.
        pub(crate) rtp_total: IntCounterVec["kind"],
        /// RTCP datagrams, by direction.
        pub(crate) rtcp_total: IntCounterVec["direction"],
        /// Packets asked for again: of publishers (out), by receivers (in).
        pub(crate) nacks_total: IntCounterVec["direction"],
        /// Key frames asked of publishers.
        pub(crate) key_frame_requests_total: IntCounter,
        /// Datagrams, packets and requests that were not followed, by reason.
        pub(crate) drops_total: IntCounterVec["reason"],
        /// Times a queue was full: control (commands), events (to the async world), send (socket buffer).
        pub(crate) overflows_total: IntCounterVec["queue"],
        /// Snapshots of tracks replaced by a newer one before anyone read them.
        pub(crate) snapshots_replaced_total: IntCounter,
        /// Panics that ended a call. Any is a bug.
        pub(crate) panics_total: IntCounter,
    }
}
