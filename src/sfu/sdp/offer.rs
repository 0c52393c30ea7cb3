//! The offer as a whole: bounds, syntax, and what all sections of the bundle share.
use super::{BadSdp, Kind, Offer, Section, media};
use crate::transport::{Fingerprint, IceCredentials};
use model::limits::{MAX_MEDIA_SECTIONS, MAX_SIGNAL_BYTES};
use rtc_sdp::SessionDescription;
use rtc_sdp::description::{common::Attribute, media::MediaDescription};
use std::collections::BTreeSet;
use std::io::Cursor;

/// Longest line. The longest one of a browser, the BUNDLE group of 256 sections, has a quarter of that.
pub(super) const MAX_LINE_BYTES: usize = 8192;
/// Longest part of a syntax error that is repeated to the client.
const MAX_ERROR_CHARS: usize = 100;

/// Characters of an ICE user name fragment and of a password (RFC 8839, section 5.4).
const UFRAG_CHARS: std::ops::RangeInclusive<usize> = 4..=256;
const PWD_CHARS: std::ops::RangeInclusive<usize> = 22..=256;

/// Reads an offer.
pub(crate) fn parse_offer(text: &str) -> Result<Offer, BadSdp> {
    check_bounds(text)?;
    let description = SessionDescription::unmarshal(&mut Cursor::new(text)).map_err(|error| {
        BadSdp::Malformed(error.to_string().chars().take(MAX_ERROR_CHARS).collect::<String>())
    })?;
    if description.media_descriptions.is_empty() {
        return Err(BadSdp::Missing("media section"));
    }
    let session = &description.attributes;
    if has(session, "ice-lite") {
        return Err(BadSdp::Unusable { what: "a=ice-lite", why: "the server is lite already" });
    }
    let bundle: Vec<&str> = bundle(session).ok_or(BadSdp::Missing("a=group:BUNDLE"))?.collect();
    let mut sections = Vec::with_capacity(description.media_descriptions.len());
    for described in &description.media_descriptions {
        sections.push(media::read(described, session)?);
    }
    check_sections(&sections, &bundle.iter().copied().collect())?;
    // RFC 8843, section 7.2: the first section of the group that is in use speaks for all of them.
    let speaks = bundle.iter().find_map(|mid| {
        let place = sections.iter().position(|section| section.mid == **mid && is_offered(section))?;
        description.media_descriptions.get(place)
    });
    let speaks = speaks.ok_or(BadSdp::Missing("section with a codec that is forwarded"))?;
    check_transport(speaks, session)?;
    Ok(Offer { ice: credentials(speaks, session)?, fingerprint: fingerprint(speaks, session)?, sections })
}

/// Everything the client pays for before anything is allocated, and the characters that would let a value end its line.
fn check_bounds(text: &str) -> Result<(), BadSdp> {
    if text.len() > MAX_SIGNAL_BYTES {
        return Err(BadSdp::TooLarge);
    }
    let mut sections = 0;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.len() > MAX_LINE_BYTES {
            return Err(BadSdp::TooLarge);
        }
        if line.chars().any(char::is_control) {
            return Err(BadSdp::Malformed("control characters".to_owned()));
        }
        sections += usize::from(line.starts_with("m="));
    }
    if sections > MAX_MEDIA_SECTIONS {
        return Err(BadSdp::TooManySections);
    }
    Ok(())
}

/// Names are unique, and what is in use is bundled.
fn check_sections(sections: &[Section], bundle: &BTreeSet<&str>) -> Result<(), BadSdp> {
    let mut mids = BTreeSet::new();
    for section in sections {
        let problem = if section.mid.is_empty() {
            is_offered(section).then_some("has no a=mid")
        } else if !mids.insert(section.mid.as_str()) {
            Some("appears twice")
        } else if is_offered(section) && !bundle.contains(section.mid.as_str()) {
            Some("is not in the BUNDLE group")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(BadSdp::Section { mid: section.mid.clone(), problem });
        }
    }
    Ok(())
}

/// Is it a section that could be accepted?
fn is_offered(section: &Section) -> bool {
    section.kind != Kind::Other && !section.codecs.is_empty()
}

/// One port for RTP and RTCP, and the client begins the DTLS handshake.
fn check_transport(speaks: &MediaDescription, session: &[Attribute]) -> Result<(), BadSdp> {
    if !has(&speaks.attributes, "rtcp-mux") {
        return Err(BadSdp::Missing("a=rtcp-mux"));
    }
    match value(&speaks.attributes, session, "setup") {
        Some("actpass" | "active") | None => Ok(()),
        _ => Err(BadSdp::Unusable { what: "a=setup", why: "an offer has to say actpass" }),
    }
}

fn credentials(speaks: &MediaDescription, session: &[Attribute]) -> Result<IceCredentials, BadSdp> {
    let one = |key, what, chars: std::ops::RangeInclusive<usize>| {
        let text = value(&speaks.attributes, session, key).ok_or(BadSdp::Missing(what))?;
        let is_ice_char = |c: u8| c.is_ascii_alphanumeric() || c == b'+' || c == b'/';
        // Older clients use a few characters more than the alphabet; what matters is that no separator is among them.
        if chars.contains(&text.len())
            && text.bytes().all(|c| is_ice_char(c) || matches!(c, b'-' | b'_' | b'='))
        {
            return Ok(text.to_owned());
        }
        Err(BadSdp::Unusable { what, why: "its length or one of its characters is not allowed" })
    };
    Ok(IceCredentials {
        ufrag: one("ice-ufrag", "a=ice-ufrag", UFRAG_CHARS)?,
        pwd: one("ice-pwd", "a=ice-pwd", PWD_CHARS)?,
    })
}

/// There may be several, one per hash function; browsers send SHA-256.
fn fingerprint(speaks: &MediaDescription, session: &[Attribute]) -> Result<Fingerprint, BadSdp> {
    let mut is_there = false;
    for attribute in speaks.attributes.iter().chain(session).filter(|a| a.key == "fingerprint") {
        is_there = true;
        let text = attribute.value.as_deref().unwrap_or_default();
        if let Some(fingerprint) = Fingerprint::parse(text) {
            return Ok(fingerprint);
        }
    }
    Err(if is_there {
        BadSdp::Unusable { what: "a=fingerprint", why: "it has to be sha-256 and 32 bytes in hexadecimal" }
    } else {
        BadSdp::Missing("a=fingerprint")
    })
}

/// Names of the bundled sections, in order.
fn bundle(session: &[Attribute]) -> Option<impl Iterator<Item = &str>> {
    let groups = session.iter().filter(|attribute| attribute.key == "group");
    let mut values = groups.filter_map(|attribute| attribute.value.as_deref());
    values.find_map(|value| {
        let mut words = value.split_ascii_whitespace();
        (words.next()? == "BUNDLE").then_some(words)
    })
}

/// Is this attribute there?
pub(super) fn has(attributes: &[Attribute], key: &str) -> bool {
    attributes.iter().any(|attribute| attribute.key == key)
}

/// An attribute's value: the section's own, else the session's.
fn value<'a>(own: &'a [Attribute], session: &'a [Attribute], key: &str) -> Option<&'a str> {
    own.iter().chain(session).find(|attribute| attribute.key == key)?.value.as_deref()
}
