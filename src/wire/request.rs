//! Bodies of actions: what clients post, into what services take.
//!
//! Clients post whole resources back (protocol 8.4): unknown members are ignored, `null` counts as absent, and ids in
//! a body never override the destination.
mod chat;

pub use chat::{
    create_thread, draft, edited_body, emoji, keystrokes, mute, new_properties, report, trigger_event,
    update_channel,
};

use domain::{
    Error,
    calls::{SignalIn, StartCall},
    channels::CreateChannel,
    ports::MediaOffer,
    users::{UserPatch, UserRef},
};
use model::{
    Properties, UserId,
    call::{CallKind, Description, SignalKind, Source},
    channel::ChannelKind,
    limits,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// `{ id }` or `{ username }`; a whole User has `name` instead.
#[derive(Deserialize)]
struct Reference {
    id: Option<u64>,
    username: Option<String>,
    name: Option<String>,
}

impl Reference {
    fn resolve(self) -> Result<UserRef, Error> {
        match (self.id, self.username.or(self.name)) {
            (Some(id), _) => Ok(UserRef::Id(UserId(id))),
            (None, Some(name)) => Ok(UserRef::Name(name)),
            (None, None) => Err(Error::invalid("user", "needs `id` or `username`")),
        }
    }
}

/// `{ type, name?, displayName?, members?, properties? }`
pub fn create_channel(body: &[u8]) -> Result<CreateChannel, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        r#type: Option<String>,
        name: Option<String>,
        display_name: Option<String>,
        members: Option<Vec<Reference>>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let kind = body.r#type.as_deref().and_then(ChannelKind::parse);
    let members = body.members.unwrap_or_default();
    if members.len() > limits::MAX_INITIAL_MEMBERS {
        return Err(Error::invalid("members", format!("at most {}", limits::MAX_INITIAL_MEMBERS)));
    }
    Ok(CreateChannel {
        kind: kind.ok_or_else(|| Error::invalid("type", "one of DIRECT, PUBLIC, PRIVATE"))?,
        name: body.name,
        display_name: body.display_name,
        members: members.into_iter().map(Reference::resolve).collect::<Result<_, _>>()?,
        properties: properties(body.properties)?.unwrap_or_default(),
    })
}

/// The whole current user as the application changed it. The default picture is not a picture of the user's own.
pub fn update_user(body: &[u8], default_picture: &str) -> Result<UserPatch, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        display_name: Option<String>,
        display_picture_url: Option<String>,
        presence: Option<Presence>,
        properties: Option<Box<RawValue>>,
    }
    #[derive(Deserialize)]
    struct Presence {
        status: Option<String>,
    }
    let body: Body = parse(body)?;
    Ok(UserPatch {
        display_name: body.display_name,
        display_picture_url: body.display_picture_url.filter(|url| url != default_picture),
        presence_status: body.presence.and_then(|presence| presence.status),
        properties: properties(body.properties)?,
    })
}

/// `{ user: { id } | { username } }`, or the reference itself.
pub fn user_reference(body: &[u8]) -> Result<UserRef, Error> {
    #[derive(Deserialize)]
    struct Body {
        user: Option<Reference>,
        #[serde(flatten)]
        bare: Reference,
    }
    let body: Body = parse(body)?;
    body.user.unwrap_or(body.bare).resolve()
}

/// `{ url, name?, contentType?, size? }`: an external file becomes the picture of the user.
pub fn display_picture(body: &[u8]) -> Result<UserPatch, Error> {
    #[derive(Deserialize)]
    struct Body {
        url: Option<String>,
    }
    let body: Body = parse(body)?;
    let url = body.url.ok_or_else(|| Error::invalid("url", "is missing"))?;
    Ok(UserPatch { display_picture_url: Some(url), ..UserPatch::default() })
}

/// `{ user?: { id } | { username } }`: who is to leave a channel; absent for the actor.
pub fn leaver(body: &[u8]) -> Result<Option<UserRef>, Error> {
    #[derive(Deserialize)]
    struct Body {
        user: Option<Reference>,
    }
    let body: Body = parse(body)?;
    body.user.map(Reference::resolve).transpose()
}

/// `{ type?, properties?, p2p? }`. `legacy_client`: the session is not one of our own client library.
pub fn start_call(body: &[u8], legacy_client: bool) -> Result<StartCall, Error> {
    #[derive(Deserialize)]
    struct Body {
        r#type: Option<String>,
        properties: Option<Box<RawValue>>,
        p2p: Option<bool>,
    }
    let body: Body = parse(body)?;
    let kind = match body.r#type.as_deref() {
        None => CallKind::Conference,
        Some(word) => {
            CallKind::parse(word).ok_or_else(|| Error::invalid("type", "one of CONFERENCE, PRESENTER"))?
        }
    };
    Ok(StartCall {
        kind,
        properties: properties(body.properties)?.unwrap_or_default(),
        p2p: body.p2p,
        legacy_client,
    })
}

/// `{ reason?: "busy" }`: is the decliner in another call?
pub fn decline(body: &[u8]) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Body {
        reason: Option<String>,
    }
    let body: Body = parse(body)?;
    Ok(body.reason.as_deref() == Some("busy"))
}

/// `{ enabled: bool }`
pub fn enabled(body: &[u8]) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Body {
        enabled: Option<bool>,
    }
    let body: Body = parse(body)?;
    body.enabled.ok_or_else(|| Error::invalid("enabled", "true or false"))
}

/// `{ type, peer?: { id }, payload }`: to a peer, or without `peer` to the SFU.
pub fn signal(body: &[u8]) -> Result<SignalIn, Error> {
    #[derive(Deserialize)]
    struct Body {
        r#type: Option<String>,
        peer: Option<Peer>,
        payload: Option<Box<RawValue>>,
    }
    #[derive(Deserialize)]
    struct Peer {
        id: u64,
    }
    let body: Body = parse(body)?;
    let kind = match body.r#type.as_deref() {
        Some("SEND_DESCRIPTION") => SignalKind::SendDescription,
        Some("ADD_CANDIDATE") => SignalKind::AddCandidate,
        _ => return Err(Error::invalid("type", "one of SEND_DESCRIPTION, ADD_CANDIDATE")),
    };
    let payload = body.payload.ok_or_else(|| Error::invalid("payload", "is missing"))?;
    if payload.get().len() > limits::MAX_SIGNAL_BYTES {
        return Err(Error::invalid("payload", format!("at most {} bytes", limits::MAX_SIGNAL_BYTES)));
    }
    let peer = body.peer.map(|peer| UserId(peer.id));
    let is_description = kind == SignalKind::SendDescription;
    let offer = if is_description && peer.is_none() { Some(media_offer(payload.get())?) } else { None };
    let description = if is_description { Some(description(payload.get())?) } else { None };
    Ok(SignalIn { kind, peer, payload: String::from(Box::<str>::from(payload)), description, offer })
}

/// `{ type: "offer" | "answer" | … }`: whatever is no offer answers one.
fn description(payload: &str) -> Result<Description, Error> {
    #[derive(Deserialize)]
    struct Body {
        r#type: Option<String>,
    }
    let body: Body = serde_json::from_str(payload)
        .map_err(|_| Error::invalid("payload", "must be an object with `type` and `sdp`"))?;
    match body.r#type.as_deref() {
        Some("offer") => Ok(Description::Offer),
        Some(_) => Ok(Description::Answer),
        None => Err(Error::invalid("payload.type", "is missing")),
    }
}

/// `{ type: "offer", sdp, sources?: { "<mid>": "camera" } }`
fn media_offer(payload: &str) -> Result<MediaOffer, Error> {
    #[derive(Deserialize)]
    struct Body {
        r#type: Option<String>,
        sdp: Option<String>,
        sources: Option<BTreeMap<String, String>>,
    }
    let body: Body = parse(payload.as_bytes())?;
    if body.r#type.as_deref() != Some("offer") {
        return Err(Error::invalid("payload.type", "must be `offer`: the server answers, it never offers"));
    }
    let sources = body.sources.unwrap_or_default();
    if sources.len() > limits::MAX_MEDIA_SECTIONS {
        return Err(Error::invalid("payload.sources", format!("at most {}", limits::MAX_MEDIA_SECTIONS)));
    }
    let source = |(mid, word): (String, String)| {
        let source = Source::parse(&word).ok_or_else(|| {
            Error::invalid("payload.sources", "each one of microphone, camera, screen, screenAudio")
        })?;
        Ok((mid, source))
    };
    Ok(MediaOffer {
        sdp: body.sdp.ok_or_else(|| Error::invalid("payload.sdp", "is missing"))?,
        sources: sources.into_iter().map(source).collect::<Result<_, Error>>()?,
    })
}

/// An absent or `null` object is absent; anything else must be an object within its limit.
fn properties(raw: Option<Box<RawValue>>) -> Result<Option<Properties>, Error> {
    let Some(raw) = raw else { return Ok(None) };
    if !raw.get().starts_with('{') {
        return Err(Error::invalid("properties", "must be a JSON object"));
    }
    if raw.get().len() > limits::MAX_PROPERTIES_BYTES {
        return Err(Error::invalid("properties", format!("at most {} bytes", limits::MAX_PROPERTIES_BYTES)));
    }
    Ok(Some(Properties::from_checked_json(Box::<str>::from(raw))))
}

/// An empty body is an empty object: some clients omit it.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Error::invalid("body", error.to_string()))
}

#[cfg(test)]
mod tests;
