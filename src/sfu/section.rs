//! What an offered section asks for, independent of any peer.
use crate::codec;
use crate::receive::ReceiveTrack;
use crate::rtp::ExtensionIds;
use crate::sdp::{Direction, Extension, Kind, Offer, Section};
use model::call::Source;

/// Highest id of the one-byte form of header extensions.
pub(crate) const MAX_EXTENSION_ID: u8 = 14;

/// Audio or video with a codec we forward.
pub(crate) fn is_media(section: &Section) -> bool {
    matches!(section.kind, Kind::Audio | Kind::Video) && codec::accepted(section).next().is_some()
}

/// Does the client send with it?
pub(crate) fn publishes(section: &Section) -> bool {
    is_media(section) && matches!(section.direction, Direction::SendOnly | Direction::SendRecv)
}

/// Does the client receive with it?
pub(crate) fn receives(section: &Section) -> bool {
    is_media(section) && matches!(section.direction, Direction::RecvOnly | Direction::SendRecv)
}

/// Is it the section of this receiving track?
pub(crate) fn is_section_of(section: &Section, track: &ReceiveTrack) -> bool {
    section.mid == track.mid && (section.kind == Kind::Audio) == track.is_audio
}

/// What a sending section shows: as the client says if that fits its kind.
pub(crate) fn source_of(section: &Section, sources: &[(String, Source)]) -> Source {
    let is_audio = section.kind == Kind::Audio;
    let said = sources.iter().find(|(mid, source)| *mid == section.mid && source.is_audio() == is_audio);
    said.map_or(if is_audio { Source::Microphone } else { Source::Camera }, |(_, source)| *source)
}

/// Extensions we read or write. Layers (rid) come with simulcast.
pub(crate) fn is_wanted((id, extension): (u8, Extension)) -> bool {
    (1..=MAX_EXTENSION_ID).contains(&id)
        && matches!(
            extension,
            Extension::Mid
                | Extension::AudioLevel
                | Extension::AbsSendTime
                | Extension::TransportCc
                | Extension::VideoOrientation
        )
}

/// The ids of the extensions we use.
pub(crate) fn ids(extensions: &[(u8, Extension)]) -> ExtensionIds {
    let mut ids = ExtensionIds::default();
    for (id, extension) in extensions.iter().copied().filter(|extension| is_wanted(*extension)) {
        match extension {
            Extension::Mid => ids.mid = id,
            Extension::AudioLevel => ids.audio_level = id,
            Extension::AbsSendTime => ids.abs_send_time = id,
            Extension::TransportCc => ids.transport_cc = id,
            Extension::VideoOrientation => ids.orientation = id,
            _ => {}
        }
    }
    ids
}

/// The ids of everything the client sends: in a bundle they agree between sections.
pub(crate) fn incoming_ids(offer: &Offer) -> ExtensionIds {
    let sending = offer.sections.iter().filter(|section| publishes(section));
    let all: Vec<(u8, Extension)> = sending.flat_map(|section| section.extensions.iter().copied()).collect();
    ids(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_ids_up_to_the_limit_are_taken() {
        for (id, is_taken) in [(0, false), (1, true), (MAX_EXTENSION_ID, true), (MAX_EXTENSION_ID + 1, false)]
        {
            assert_eq!(is_wanted((id, Extension::Mid)), is_taken, "{id}");
            assert_eq!(ids(&[(id, Extension::Mid)]).mid, if is_taken { id } else { 0 });
        }
        assert!(!is_wanted((3, Extension::Rid)), "layers are not negotiated yet");
    }
}
