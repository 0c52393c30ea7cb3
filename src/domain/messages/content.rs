//! What clients send, checked; who and what is named in it.
use super::Messages;
use crate::{
    Error,
    chat::Shared,
    links,
    mentions::{self, Name},
    ports::Result,
    text,
    views::may_be_named,
};
use model::{
    AppId, ChannelId, Properties, UserId, limits,
    message::{Content, File, FileKind, Mention, MentionTarget, MentionView, Named, Text},
};
use std::collections::{HashMap, hash_map::Entry};

/// A message as a client sends it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is said.
    pub content: DraftContent,
    /// Free text by which clients group messages.
    pub group_tag: Option<String>,
    /// Free JSON object.
    pub properties: Properties,
    /// A send of the same user with the same key within 24 h happens once: what makes the client's attempts one. The edge
    /// chooses its scope, for example the session's token and the receipt.
    pub idempotency_key: Option<String>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftContent {
    /// Words.
    Text(String),
    /// A file that is kept elsewhere.
    ExternalFile {
        /// Absolute URL.
        url: String,
        /// Name shown to people.
        name: String,
        /// MIME type.
        content_type: String,
        /// Bytes, as the client says.
        size: u64,
    },
    /// A file that this server has stored.
    HostedFile(File),
}

/// A text, and whom it names.
pub(super) struct Understood {
    pub(super) content: Content,
    pub(super) mentions: Vec<MentionView>,
    /// Users named in it.
    pub(super) users: Vec<UserId>,
    /// Channels named in it, with their members.
    pub(super) channels: Vec<(ChannelId, Vec<UserId>)>,
}

pub(super) fn check(draft: &Draft) -> Result<()> {
    match &draft.content {
        DraftContent::Text(body) => check_body(body)?,
        DraftContent::ExternalFile { url, name, content_type, size } => {
            text::check_url("file.url", url, limits::MAX_URL_BYTES)?;
            text::check_name("file.name", name, limits::MAX_FILE_NAME_BYTES)?;
            text::check_name("file.contentType", content_type, limits::MAX_FILE_NAME_BYTES)?;
            if *size > limits::MAX_EXTERNAL_FILE_SIZE {
                return Err(Error::invalid("file.size", "is larger than a JavaScript number can be"));
            }
        }
        DraftContent::HostedFile(_) => {}
    }
    if let Some(tag) = &draft.group_tag {
        text::check_name("groupTag", tag, limits::MAX_GROUP_TAG_BYTES)?;
    }
    if draft.idempotency_key.as_ref().is_some_and(|key| key.len() > limits::MAX_IDEMPOTENCY_KEY_BYTES) {
        return Err(Error::invalid(
            "receipt",
            format!("at most {} bytes", limits::MAX_IDEMPOTENCY_KEY_BYTES),
        ));
    }
    check_properties(&draft.properties)
}

/// Text may have lines and tabs; NUL cannot be stored everywhere.
pub(super) fn check_body(body: &str) -> Result<()> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "must not be blank"));
    }
    if body.len() > limits::MAX_BODY_BYTES {
        let problem = format!("at most {} bytes, these are {}", limits::MAX_BODY_BYTES, body.len());
        return Err(Error::invalid("body", problem));
    }
    if body.contains('\0') {
        return Err(Error::invalid("body", "must not contain NUL characters"));
    }
    Ok(())
}

pub(super) fn check_properties(properties: &Properties) -> Result<()> {
    if properties.as_json().len() > limits::MAX_PROPERTIES_BYTES {
        return Err(Error::invalid("properties", format!("at most {} bytes", limits::MAX_PROPERTIES_BYTES)));
    }
    Ok(())
}

impl Messages {
    pub(super) async fn understand(
        &self,
        app: AppId,
        channel: ChannelId,
        content: DraftContent,
    ) -> Result<Understood> {
        let file = |file: File| Understood {
            content: Content::File(file),
            mentions: Vec::new(),
            users: Vec::new(),
            channels: Vec::new(),
        };
        match content {
            DraftContent::Text(body) => self.understand_text(app, channel, body).await,
            DraftContent::HostedFile(hosted) => Ok(file(hosted)),
            DraftContent::ExternalFile { url, name, content_type, size } => {
                Ok(file(File { kind: FileKind::External, url, name, content_type, size }))
            }
        }
    }

    /// Tags that name nobody stay text; so do those of channels that not everybody who reads this may see.
    async fn understand_text(&self, app: AppId, home: ChannelId, body: String) -> Result<Understood> {
        let mut known: HashMap<Name<'_>, Option<Named>> = HashMap::new();
        let tags = mentions::parse(&body);
        for tag in &tags {
            if let Entry::Vacant(unknown) = known.entry(tag.name) {
                unknown.insert(self.named(app, home, tag.name).await?);
            }
        }
        let mut views = Vec::new();
        for tag in &tags {
            let Some(named) = known.get(&tag.name).cloned().flatten() else { continue };
            let target = match &named {
                Named::User(user) => MentionTarget::User(user.user.id),
                Named::Channel(channel) => MentionTarget::Channel(channel.channel.id),
            };
            let mention = Mention { tag: tag.text.to_owned(), start: tag.start, end: tag.end, target };
            views.push(MentionView { mention, named });
        }
        let (mut users, mut channels) = (Vec::new(), Vec::new());
        for view in &views {
            match view.mention.target {
                MentionTarget::User(user) if !users.contains(&user) => users.push(user),
                MentionTarget::Channel(id) if channels.iter().all(|(known, _)| *known != id) => {
                    let limit = u32::try_from(limits::MAX_NOTIFIED).unwrap_or(u32::MAX);
                    let members = self.shared.store.members(id, limit).await?;
                    channels.push((id, members.into_iter().map(|member| member.user).collect()));
                }
                _ => {}
            }
        }
        let links = links::find(&body);
        let mentions = views.iter().map(|view| view.mention.clone()).collect();
        let content = Content::Text(Text { links, mentions, body });
        Ok(Understood { content, mentions: views, users, channels })
    }

    async fn named(&self, app: AppId, home: ChannelId, name: Name<'_>) -> Result<Option<Named>> {
        let Shared { store, views, .. } = &*self.shared;
        match name {
            Name::User(name) => {
                let user = store.user_by_name(app, name).await?;
                Ok(user.map(|user| Named::User(Box::new(views.user(user)))))
            }
            Name::Channel(name) => match store.channel_by_name(app, name).await? {
                Some(channel) if may_be_named(&channel, home) => {
                    Ok(Some(Named::Channel(Box::new(views.channel(channel).await?))))
                }
                _ => Ok(None),
            },
        }
    }
}
