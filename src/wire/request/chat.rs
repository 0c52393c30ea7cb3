//! Bodies of actions of chats.
use super::{parse, properties};
use domain::{
    Error,
    channels::ChannelPatch,
    messages::{Draft, DraftContent},
};
use model::{Properties, limits};
use serde::Deserialize;
use serde_json::value::RawValue;

/// `{ type: "TEXT", body, groupTag?, properties? }`, or with `type: "FILE"` and `file: { url, name, contentType?, size }`
/// instead of `body`. Without `type` the member that is there decides.
pub fn draft(body: &[u8], idempotency_key: Option<String>) -> Result<Draft, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        r#type: Option<String>,
        body: Option<String>,
        file: Option<File>,
        group_tag: Option<String>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let content = match (body.r#type.as_deref(), body.body, body.file) {
        (Some("TEXT") | None, Some(text), _) => DraftContent::Text(text),
        (Some("FILE") | None, _, Some(file)) => file.external()?,
        (Some("TEXT") | None, None, _) => return Err(Error::invalid("body", "is missing")),
        (Some("FILE"), _, None) => return Err(Error::invalid("file", "is missing")),
        (Some(_), ..) => return Err(Error::invalid("type", "one of TEXT, FILE")),
    };
    Ok(Draft {
        content,
        group_tag: body.group_tag.filter(|tag| !tag.is_empty()),
        properties: properties(body.properties)?.unwrap_or_default(),
        idempotency_key,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    url: Option<String>,
    name: Option<String>,
    content_type: Option<String>,
    size: Option<f64>,
}

impl File {
    /// Clients measure sizes in JavaScript numbers.
    fn external(self) -> Result<DraftContent, Error> {
        let size = self.size.unwrap_or_default();
        if !(0.0..=9_007_199_254_740_991.0).contains(&size) || size.fract() != 0.0 {
            return Err(Error::invalid("file.size", "must be a number of bytes"));
        }
        Ok(DraftContent::ExternalFile {
            url: self.url.ok_or_else(|| Error::invalid("file.url", "is missing"))?,
            name: self.name.ok_or_else(|| Error::invalid("file.name", "is missing"))?,
            content_type: self.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            size: format!("{size:.0}").parse().unwrap_or_default(),
        })
    }
}

/// `{ body }`
pub fn edited_body(body: &[u8]) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Body {
        body: Option<String>,
    }
    let body: Body = parse(body)?;
    body.body.ok_or_else(|| Error::invalid("body", "is missing"))
}

/// `{ properties }`
pub fn new_properties(body: &[u8]) -> Result<Properties, Error> {
    #[derive(Deserialize)]
    struct Body {
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    properties(body.properties)?.ok_or_else(|| Error::invalid("properties", "is missing"))
}

/// `{ reason, properties? }`
pub fn report(body: &[u8]) -> Result<(String, Properties), Error> {
    #[derive(Deserialize)]
    struct Body {
        reason: Option<String>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let reason = body.reason.ok_or_else(|| Error::invalid("reason", "is missing"))?;
    Ok((reason, properties(body.properties)?.unwrap_or_default()))
}

/// `{ emoji }`: the character, an alias, or `:alias:`. A whole Emoji has `character` instead.
pub fn emoji(body: &[u8]) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Emoji {
        Text(String),
        Whole { character: String },
    }
    #[derive(Deserialize)]
    struct Body {
        emoji: Option<Emoji>,
    }
    let body: Body = parse(body)?;
    match body.emoji {
        Some(Emoji::Text(text) | Emoji::Whole { character: text }) => Ok(text),
        None => Err(Error::invalid("emoji", "is missing")),
    }
}

/// `{ keys }`: everything typed so far; empty ends typing.
pub fn keystrokes(body: &[u8]) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Body {
        keys: Option<String>,
    }
    let body: Body = parse(body)?;
    Ok(body.keys.unwrap_or_default())
}

/// `{ state: "ON" | "OFF" }`: is the channel muted?
pub fn mute(body: &[u8]) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Body {
        state: Option<String>,
    }
    let body: Body = parse(body)?;
    match body.state.as_deref() {
        Some("ON") => Ok(true),
        Some("OFF") => Ok(false),
        _ => Err(Error::invalid("state", "one of ON, OFF")),
    }
}

/// `{ type, properties? }`
pub fn trigger_event(body: &[u8]) -> Result<(String, Properties), Error> {
    #[derive(Deserialize)]
    struct Body {
        r#type: Option<String>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let kind = body.r#type.ok_or_else(|| Error::invalid("type", "is missing"))?;
    if kind.is_empty() || kind.len() > limits::MAX_EVENT_TYPE_BYTES {
        return Err(Error::invalid("type", format!("1 to {} bytes", limits::MAX_EVENT_TYPE_BYTES)));
    }
    Ok((kind, properties(body.properties)?.unwrap_or_default()))
}

/// `{ name, properties? }`
pub fn create_thread(body: &[u8]) -> Result<(String, Properties), Error> {
    #[derive(Deserialize)]
    struct Body {
        name: Option<String>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let name = body.name.ok_or_else(|| Error::invalid("name", "is missing"))?;
    Ok((name, properties(body.properties)?.unwrap_or_default()))
}

/// The whole channel as the application changed it.
pub fn update_channel(body: &[u8]) -> Result<ChannelPatch, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        name: Option<String>,
        display_name: Option<String>,
        properties: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    Ok(ChannelPatch {
        name: body.name,
        display_name: body.display_name,
        properties: properties(body.properties)?,
    })
}
