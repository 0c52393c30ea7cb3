//! STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): reading Binding requests, writing answers.
//!
//! ```text
//!   datagram ─▶ Request::read ─▶ is_authentic ─▶ Answer::write ─▶ datagram
//! ```
//!
//! Reading copies and allocates nothing, so a flood of requests costs little before the first one is authentic. Checked
//! against `rtc-stun` in the tests.
//!
//! Invariant: nothing behind MESSAGE-INTEGRITY is believed, since anybody could have added it (RFC 8489, section 14.5).
use crate::bytes::{put, u16_at, u32_at};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY,
    ATTR_UNKNOWN_ATTRIBUTES, ATTR_USE_CANDIDATE, ATTR_USERNAME, ATTR_XORMAPPED_ADDRESS, AttrType,
};
use rtc_stun::fingerprint::fingerprint_value;
use rtc_stun::message::{ATTRIBUTE_HEADER_SIZE, MAGIC_COOKIE, MESSAGE_HEADER_SIZE};
use std::net::{IpAddr, SocketAddr};

/// Longest request that is read. Checks are below 200 bytes; some clients try to send a DTLS flight along.
const MAX_REQUEST_BYTES: usize = 2048;
/// Longest user name (RFC 8489, section 14.3: below 509).
const MAX_USERNAME_BYTES: usize = 512;
/// Unknown attributes that an answer lists.
const MAX_UNKNOWN: usize = 8;

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
/// Bytes of an HMAC-SHA1.
const INTEGRITY_BYTES: usize = 20;
/// Bytes of MESSAGE-INTEGRITY and its header.
const INTEGRITY_SIZE: usize = ATTRIBUTE_HEADER_SIZE + INTEGRITY_BYTES;
/// Bytes of FINGERPRINT and its header.
const FINGERPRINT_SIZE: usize = ATTRIBUTE_HEADER_SIZE + 4;
/// Attributes from here on may be ignored by whoever does not know them.
const COMPREHENSION_OPTIONAL: u16 = 0x8000;

/// The user name fragment a request is for: the part before the colon of its USERNAME.
pub(crate) fn local_ufrag(datagram: &[u8]) -> Option<&str> {
    let username = attributes(datagram)?.find(|attribute| attribute.typ == ATTR_USERNAME)?.value;
    let colon = username.iter().take(MAX_USERNAME_BYTES).position(|byte| *byte == b':')?;
    std::str::from_utf8(username.get(..colon)?).ok()
}

/// What a Binding request says. Authentic only once [`Request::is_authentic`] says so.
#[derive(Debug)]
pub(super) struct Request<'a> {
    datagram: &'a [u8],
    /// `local:remote` user name fragments.
    pub(super) username: Option<&'a [u8]>,
    /// Where MESSAGE-INTEGRITY is, and its value.
    integrity: Option<(usize, &'a [u8])>,
    /// The client nominates this pair of addresses.
    pub(super) uses_candidate: bool,
    /// The client believes to be controlled.
    pub(super) is_controlled: bool,
    unknown: Unknown,
}

/// Attributes we would have to understand, but do not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unknown {
    types: [u16; MAX_UNKNOWN],
    len: usize,
}

impl Unknown {
    /// Is there one?
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn insert(&mut self, typ: u16) {
        if let Some(place) = self.types.get_mut(self.len) {
            *place = typ;
            self.len += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = u16> {
        self.types.iter().take(self.len).copied()
    }
}

impl<'a> Request<'a> {
    /// Reads a Binding request whose FINGERPRINT is right; `None` for everything else.
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        if u16_at(datagram, 0)? != BINDING_REQUEST || !has_fingerprint(datagram) {
            return None;
        }
        let mut request = Self {
            datagram,
            username: None,
            integrity: None,
            uses_candidate: false,
            is_controlled: false,
            unknown: Unknown::default(),
        };
        for attribute in attributes(datagram)? {
            match attribute.typ {
                ATTR_MESSAGE_INTEGRITY => {
                    request.integrity = Some((attribute.start, attribute.value));
                    break;
                }
                // The first one counts (RFC 8489, section 14).
                ATTR_USERNAME => {
                    request.username.get_or_insert(attribute.value);
                }
                ATTR_USE_CANDIDATE => request.uses_candidate = true,
                ATTR_ICE_CONTROLLED => request.is_controlled = true,
                ATTR_PRIORITY => {}
                AttrType(typ) if typ < COMPREHENSION_OPTIONAL => request.unknown.insert(typ),
                _ => {}
            }
        }
        Some(request)
    }

    /// Does it carry what is needed to authenticate it?
    pub(super) fn has_credentials(&self) -> bool {
        self.username.is_some() && self.integrity.is_some()
    }

    /// Was it made by somebody who knows the password in `key`?
    pub(super) fn is_authentic(&self, key: &hmac::Key) -> bool {
        let Some((start, value)) = self.integrity else {
            return false;
        };
        integrity(self.datagram, start, key)
            .is_some_and(|tag| verify_slices_are_equal(tag.as_ref(), value).is_ok())
    }

    /// Attributes we would have to understand, but do not.
    pub(super) fn unknown(&self) -> Unknown {
        self.unknown
    }

    fn transaction_id(&self) -> &'a [u8] {
        self.datagram.get(8..MESSAGE_HEADER_SIZE).unwrap_or_default()
    }
}

/// One attribute.
struct Attribute<'a> {
    typ: AttrType,
    /// Where its header is in the message.
    start: usize,
    value: &'a [u8],
}

/// The attributes of a message that is complete, in order. `None` when it is not.
fn attributes(datagram: &[u8]) -> Option<impl Iterator<Item = Attribute<'_>>> {
    is_complete(datagram).then(|| {
        let mut at = MESSAGE_HEADER_SIZE;
        std::iter::from_fn(move || {
            let attribute = attribute(datagram, at)?;
            at = end(&attribute)?;
            Some(attribute)
        })
    })
}

/// Header, magic cookie, and attributes that fill the message exactly.
fn is_complete(datagram: &[u8]) -> bool {
    if datagram.len() > MAX_REQUEST_BYTES || u32_at(datagram, 4) != Some(MAGIC_COOKIE) {
        return false;
    }
    let announced = u16_at(datagram, 2).map(|len| MESSAGE_HEADER_SIZE + usize::from(len));
    if announced != Some(datagram.len()) {
        return false;
    }
    let mut at = MESSAGE_HEADER_SIZE;
    while at < datagram.len() {
        let Some(next) = attribute(datagram, at).as_ref().and_then(end) else {
            return false;
        };
        at = next;
    }
    at == datagram.len()
}

fn attribute(datagram: &[u8], start: usize) -> Option<Attribute<'_>> {
    let len = usize::from(u16_at(datagram, start + 2)?);
    let value = start + ATTRIBUTE_HEADER_SIZE;
    Some(Attribute {
        typ: AttrType(u16_at(datagram, start)?),
        start,
        value: datagram.get(value..value + len)?,
    })
}

/// Where the attribute behind this one is: values are padded to four bytes.
fn end(attribute: &Attribute<'_>) -> Option<usize> {
    (attribute.start + ATTRIBUTE_HEADER_SIZE + attribute.value.len()).checked_next_multiple_of(4)
}

/// Is FINGERPRINT the last attribute, and right? It tells STUN from what only looks like it.
fn has_fingerprint(datagram: &[u8]) -> bool {
    let last = attributes(datagram).and_then(Iterator::last);
    last.filter(|last| last.typ == ATTR_FINGERPRINT).is_some_and(|last| {
        let before = datagram.get(..last.start).unwrap_or_default();
        last.value == fingerprint_value(before).to_be_bytes()
    })
}

/// The MAC over everything before the attribute at `start`, with the length the message would have if the attribute
/// were its last one (RFC 8489, section 14.5).
fn integrity(message: &[u8], start: usize, key: &hmac::Key) -> Option<hmac::Tag> {
    let len = u16::try_from((start + INTEGRITY_SIZE).checked_sub(MESSAGE_HEADER_SIZE)?).ok()?;
    let mut context = hmac::Context::with_key(key);
    context.update(message.get(..2)?);
    context.update(&len.to_be_bytes());
    context.update(message.get(4..start)?);
    Some(context.sign())
}

/// What a request is answered with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// Success: the address the request came from.
    Mapped(SocketAddr),
    /// 400: it does not carry credentials.
    BadRequest,
    /// 401: the credentials are wrong.
    Unauthenticated,
    /// 420: what would have to be understood is not.
    UnknownAttributes(Unknown),
    /// 487: both sides believe to be controlled.
    RoleConflict,
}

impl Answer {
    /// Writes the answer to `request` and returns its length; `None` when it does not fit. It is authenticated by `key`,
    /// which the answers to unauthenticated requests do without. The same request gets the same answer every time, so
    /// retransmissions need no memory.
    pub(super) fn write(&self, request: &Request<'_>, key: &hmac::Key, out: &mut [u8]) -> Option<usize> {
        let typ = if matches!(self, Self::Mapped(_)) { BINDING_SUCCESS } else { BINDING_ERROR };
        let mut writer = Writer { out, len: MESSAGE_HEADER_SIZE };
        put(writer.out, 0, &typ.to_be_bytes())?;
        put(writer.out, 4, &MAGIC_COOKIE.to_be_bytes())?;
        put(writer.out, 8, request.transaction_id())?;
        match self {
            Self::Mapped(address) => writer.mapped_address(*address, request.transaction_id())?,
            Self::BadRequest => writer.error(4, 0)?,
            Self::Unauthenticated => writer.error(4, 1)?,
            Self::UnknownAttributes(unknown) => {
                writer.error(4, 20)?;
                writer.unknown_attributes(unknown)?;
            }
            Self::RoleConflict => writer.error(4, 87)?,
        }
        if !matches!(self, Self::BadRequest | Self::Unauthenticated) {
            writer.integrity(key)?;
        }
        writer.fingerprint()?;
        Some(writer.len)
    }
}

/// A request for whoever plays the client: `attributes` goes in as it is, and `pwd` makes it authentic. `None` when it
/// would be too long.
pub(crate) fn request(username: &str, attributes: &[u8], pwd: Option<&str>) -> Option<Vec<u8>> {
    let mut out = vec![0; MAX_REQUEST_BYTES];
    let mut writer = Writer { out: &mut out, len: MESSAGE_HEADER_SIZE };
    put(writer.out, 0, &BINDING_REQUEST.to_be_bytes())?;
    put(writer.out, 4, &MAGIC_COOKIE.to_be_bytes())?;
    writer.attribute(ATTR_USERNAME, username.as_bytes())?;
    put(writer.out, writer.len, attributes)?;
    writer.len += attributes.len();
    writer.pad()?;
    if let Some(pwd) = pwd {
        writer.integrity(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, pwd.as_bytes()))?;
    }
    writer.fingerprint()?;
    let len = writer.len;
    out.truncate(len);
    Some(out)
}

/// Appends attributes.
struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn attribute(&mut self, typ: AttrType, value: &[u8]) -> Option<()> {
        put(self.out, self.len, &typ.0.to_be_bytes())?;
        put(self.out, self.len + 2, &u16::try_from(value.len()).ok()?.to_be_bytes())?;
        put(self.out, self.len + ATTRIBUTE_HEADER_SIZE, value)?;
        self.len += ATTRIBUTE_HEADER_SIZE + value.len();
        self.pad()
    }

    fn pad(&mut self) -> Option<()> {
        let end = self.len.checked_next_multiple_of(4)?;
        self.out.get_mut(self.len..end)?.fill(0);
        self.len = end;
        Some(())
    }

    fn mapped_address(&mut self, address: SocketAddr, transaction_id: &[u8]) -> Option<()> {
        let mut mask = [0; 16];
        put(&mut mask, 0, &MAGIC_COOKIE.to_be_bytes())?;
        put(&mut mask, 4, transaction_id)?;
        // A socket for both versions of IP shows IPv4 addresses as IPv6.
        let ip = address.ip().to_canonical();
        let mut value = [0; 20];
        let mut octets = [0; 16];
        let ip_bytes = match ip {
            IpAddr::V4(ip) => {
                put(&mut octets, 0, &ip.octets())?;
                4
            }
            IpAddr::V6(ip) => {
                put(&mut octets, 0, &ip.octets())?;
                16
            }
        };
        put(&mut value, 0, &[0, if ip_bytes == 4 { 1 } else { 2 }])?;
        put(&mut value, 2, &(address.port() ^ u16_at(&mask, 0)?).to_be_bytes())?;
        for (to, (octet, mask)) in value.iter_mut().skip(4).zip(octets.iter().zip(&mask)) {
            *to = octet ^ mask;
        }
        self.attribute(ATTR_XORMAPPED_ADDRESS, value.get(..4 + ip_bytes)?)
    }

    /// The reason is left out: an answer must not be longer than its request.
    fn error(&mut self, class: u8, number: u8) -> Option<()> {
        self.attribute(ATTR_ERROR_CODE, &[0, 0, class, number])
    }

    fn unknown_attributes(&mut self, unknown: &Unknown) -> Option<()> {
        let mut value = [0; MAX_UNKNOWN * 2];
        for (place, typ) in unknown.iter().enumerate() {
            put(&mut value, place * 2, &typ.to_be_bytes())?;
        }
        self.attribute(ATTR_UNKNOWN_ATTRIBUTES, value.get(..unknown.len * 2)?)
    }

    fn integrity(&mut self, key: &hmac::Key) -> Option<()> {
        let tag = integrity(self.out, self.len, key)?;
        self.attribute(ATTR_MESSAGE_INTEGRITY, tag.as_ref())
    }

    /// Completes the message.
    fn fingerprint(&mut self) -> Option<()> {
        let len = u16::try_from(self.len + FINGERPRINT_SIZE - MESSAGE_HEADER_SIZE).ok()?;
        put(self.out, 2, &len.to_be_bytes())?;
        let value = fingerprint_value(self.out.get(..self.len)?);
        self.attribute(ATTR_FINGERPRINT, &value.to_be_bytes())
    }
}

#[cfg(test)]
#[path = "stun/tests.rs"]
mod tests;
