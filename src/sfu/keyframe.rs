//! Key frames: recognising where one starts, and asking publishers for one without flooding them.
//!
//! Only the start of a key frame matters here: it is where a receiver can begin. Payloads are untrusted; what cannot be
//! read is no key frame.
use crate::bytes::u8_at;
use std::time::{Duration, Instant};

/// How a payload is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Audio: every packet can be decoded by itself.
    Audio,
    /// RFC 7741.
    Vp8,
    /// RFC 6184.
    H264,
    /// RFC 9628.
    Vp9,
    /// The AV1 RTP specification of the Alliance for Open Media.
    Av1,
}

impl Packing {
    /// Can a receiver start decoding at this payload?
    pub(crate) fn starts_key_frame(self, payload: &[u8]) -> bool {
        match self {
            Self::Audio => true,
            Self::Vp8 => vp8(payload).unwrap_or(false),
            Self::H264 => h264(payload).unwrap_or(false),
            Self::Vp9 => vp9(payload).unwrap_or(false),
            // The N bit: first packet of a coded video sequence.
            Self::Av1 => payload.len() > 1 && payload.first().is_some_and(|head| head & 0x08 != 0),
        }
    }
}

/// The first packet of the first partition carries the frame header, whose lowest bit is 0 in key frames.
fn vp8(payload: &[u8]) -> Option<bool> {
    let head = u8_at(payload, 0)?;
    let starts_frame = head & 0x10 != 0 && head & 0x07 == 0;
    if !starts_frame {
        return Some(false);
    }
    let mut at = 1;
    if head & 0x80 != 0 {
        let extended = u8_at(payload, at)?;
        at += 1;
        if extended & 0x80 != 0 {
            at += if u8_at(payload, at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(extended & 0x40 != 0);
        at += usize::from(extended & 0x30 != 0);
    }
    Some(u8_at(payload, at)? & 0x01 == 0)
}

/// A sequence parameter set or an IDR slice, alone, aggregated or as the first fragment.
fn h264(payload: &[u8]) -> Option<bool> {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let is_key = |unit: u8| matches!(unit & 0x1f, IDR | SPS);
    let head = u8_at(payload, 0)?;
    match head & 0x1f {
        STAP_A => {
            let mut at = 1;
            while let Some(len) = crate::bytes::u16_at(payload, at) {
                if is_key(u8_at(payload, at + 2)?) {
                    return Some(true);
                }
                at += 2 + usize::from(len);
            }
            Some(false)
        }
        FU_A => {
            let fragment = u8_at(payload, 1)?;
            Some(fragment & 0x80 != 0 && is_key(fragment))
        }
        _ => Some(is_key(head)),
    }
}

/// Not predicted from another picture, start of the frame, lowest spatial layer.
fn vp9(payload: &[u8]) -> Option<bool> {
    let head = u8_at(payload, 0)?;
    let (has_id, is_predicted, has_layers, starts) =
        (head & 0x80 != 0, head & 0x40 != 0, head & 0x20 != 0, head & 0x08 != 0);
    if is_predicted || !starts {
        return Some(false);
    }
    let mut at = 1;
    if has_id {
        at += if u8_at(payload, at)? & 0x80 != 0 { 2 } else { 1 };
    }
    if !has_layers {
        return Some(true);
    }
    let spatial = (u8_at(payload, at)? >> 1) & 0x07;
    Some(spatial == 0)
}

/// Key-frame requests to one publisher.
///
/// A request goes out at once if the last one is long enough ago, else as soon as it is. It is repeated, ever more
/// slowly, until a key frame comes.
#[derive(Debug)]
pub(crate) struct KeyFrameRequests {
    interval: Duration,
    last: Option<Instant>,
    is_wanted: bool,
    unanswered: u32,
}

impl KeyFrameRequests {
    /// Shortest time between two requests to a camera.
    pub(crate) const CAMERA: Duration = Duration::from_millis(300);
    /// Shortest time between two requests to a screen, whose key frames are large.
    pub(crate) const SCREEN: Duration = Duration::from_millis(800);
    /// Requests in a row that nothing comes of: from the second on each doubles the interval, further ones do not.
    const MAX_UNANSWERED: u32 = 3;

    /// Nothing is wanted yet.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, last: None, is_wanted: false, unanswered: 0 }
    }

    /// Somebody needs a key frame.
    pub(crate) fn request(&mut self) {
        self.is_wanted = true;
    }

    /// A key frame starts.
    pub(crate) fn arrived(&mut self) {
        self.is_wanted = false;
        self.unanswered = 0;
    }

    /// Should a request be sent now? Counts it as sent.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        if self.poll_timeout(now).is_none_or(|due| now < due) {
            return false;
        }
        self.last = Some(now);
        self.unanswered = (self.unanswered + 1).min(Self::MAX_UNANSWERED);
        true
    }

    /// When [`KeyFrameRequests::take_due`] says yes.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if !self.is_wanted {
            return None;
        }
        let wait = self.interval * (1 << self.unanswered.saturating_sub(1));
        Some(self.last.map_or(now, |last| last + wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_key_frame_is_recognised() {
        use Packing::{Audio, Av1, H264, Vp8, Vp9};
        let rows: [(Packing, &[u8], bool, &str); 26] = [
            (Audio, &[], true, "audio needs none"),
            (Vp8, &[0x10, 0x00], true, "plain key frame"),
            (Vp8, &[0x10, 0x01], false, "inter frame"),
            (Vp8, &[0x00, 0x00], false, "not the start"),
            (Vp8, &[0x11, 0x00], false, "second partition"),
            (Vp8, &[0x90, 0x80, 0x85, 0x01, 0x10], true, "15-bit picture id"),
            (Vp8, &[0x90, 0xe0, 0x05, 1, 2, 0x10], true, "7-bit picture id, tl0 and tid"),
            (Vp8, &[0x90, 0xe0, 0x05, 1, 2, 0x11], false, "the same, inter"),
            (Vp8, &[0x90, 0x80], false, "cut short"),
            (Vp8, &[], false, "empty"),
            (H264, &[0x67, 1], true, "parameter set"),
            (H264, &[0x65, 1], true, "IDR slice"),
            (H264, &[0x61, 1], false, "other slice"),
            (H264, &[24, 0, 1, 0x61, 0, 1, 0x67], true, "aggregated after another unit"),
            (H264, &[24, 0, 1, 0x61], false, "aggregated without"),
            (H264, &[24, 0xff, 0xff, 0x61], false, "a lie about the length"),
            (H264, &[28, 0x85], true, "first fragment of an IDR"),
            (H264, &[28, 0x05], false, "later fragment"),
            (Vp9, &[0x08, 0], true, "no picture id"),
            (Vp9, &[0x88, 0x85, 0x00], true, "15-bit picture id"),
            (Vp9, &[0xc8, 0x05], false, "predicted"),
            (Vp9, &[0xa8, 0x05, 0x00], true, "lowest layer"),
            (Vp9, &[0xa8, 0x05, 0x02], false, "upper layer"),
            (Vp9, &[0x80, 0x05], false, "not the start"),
            (Av1, &[0x18, 0x0a], true, "new coded video sequence"),
            (Av1, &[0x10, 0x32], false, "other"),
        ];
        for (packing, payload, expected, story) in rows {
            assert_eq!(packing.starts_key_frame(payload), expected, "{packing:?}: {story}");
        }
    }

    #[test]
    fn no_payload_makes_the_detection_panic() {
        for packing in [Packing::Vp8, Packing::H264, Packing::Vp9, Packing::Av1] {
            for first in 0..=255_u8 {
                for second in [0, 1, 0x80, 0xff] {
                    for len in 0..6 {
                        let mut payload = vec![second; len];
                        if let Some(head) = payload.first_mut() {
                            *head = first;
                        }
                        packing.starts_key_frame(&payload);
                    }
                }
            }
        }
    }

    #[expect(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn requests_are_spaced_and_repeated_until_a_key_frame_comes() {
        let start = start();
        let at = |ms| start + Duration::from_millis(ms);
        let mut requests = KeyFrameRequests::new(Duration::from_millis(300));
        assert!(!requests.take_due(at(0)), "nobody asked");
        requests.request();
        assert!(requests.take_due(at(0)));
        requests.request();
        assert!(!requests.take_due(at(299)));
        assert_eq!(requests.poll_timeout(at(299)), Some(at(300)));
        assert!(requests.take_due(at(300)));
        assert!(!requests.take_due(at(899)), "the second wait is twice as long");
        assert!(requests.take_due(at(900)));
        requests.arrived();
        assert_eq!(requests.poll_timeout(at(901)), None);
        requests.request();
        assert!(!requests.take_due(at(1199)), "throttled across key frames");
        assert!(requests.take_due(at(1200)));
    }

    #[test]
    fn the_interval_grows_so_far_and_no_further_while_nothing_comes() {
        let start = start();
        let mut requests = KeyFrameRequests::new(KeyFrameRequests::CAMERA);
        requests.request();
        let mut now = start;
        let mut waits = Vec::new();
        for _ in 0..6 {
            let due = requests.poll_timeout(now).unwrap();
            waits.push(due.duration_since(now).as_millis());
            now = due;
            assert!(requests.take_due(now));
        }
        assert_eq!(waits, [0, 300, 600, 1200, 1200, 1200]);
    }
}
