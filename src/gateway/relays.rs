//! One-shot SUBSCRIBE: one match arm per relay, one answer, nothing kept (protocol 2.2).
mod chat;

use crate::{
    Gateway,
    actions::seat,
    grants::GrantKind,
    rendering::json_text,
    requests::{Problem, SubscribeRequest},
    session::Session,
};
use domain::{
    Error,
    channels::SeenChannel,
    ports::{CallFilter, ChannelScope},
    users::ContactFilter,
};
use model::{
    ChannelId, UserId,
    channel::ChannelKind,
    page::{CursorPage, CursorRequest, Page, PageRequest},
    user::UserView,
};
use serde::Serialize;
use std::{sync::Arc, time::Instant};
use stomp::{
    Headers,
    encode::{self, Delivery},
};
use wire::{
    destination::{Dialect, Relay, RelayRequest, parameter},
    resource::{Answer, Count, CursorPageResource, Exists, Grant, PageResource},
};

/// JSON of `{ "resource": … }`.
type Json = Result<Vec<u8>, Problem>;

/// A relay with everything its arm needs.
#[derive(Clone, Copy)]
struct Ask<'a> {
    session: &'a Session,
    request: &'a RelayRequest,
    headers: &'a Headers,
}

impl Ask<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        parameter(self.headers.get(name))
    }

    fn is_set(&self, name: &str) -> bool {
        self.header(name) == Some("true")
    }

    fn page(&self) -> PageRequest {
        self.request.page.request()
    }

    fn cursor_page(&self) -> CursorRequest {
        self.request.page.cursor_request()
    }

    fn answer_cursor_page<'p, T, R: Serialize>(
        &self,
        content: &'static str,
        page: &'p CursorPage<T>,
        render: impl Fn(&'p T) -> R,
    ) -> Vec<u8> {
        let items = page.items.iter().map(render).collect();
        let (relay, spec) = (self.request.relay, &self.request.page);
        Answer::encode(CursorPageResource::new(relay, spec, content, page.with_items(items)))
    }

    fn answer_page<'p, T, R: Serialize>(
        &self,
        content: &'static str,
        page: &'p Page<T>,
        render: impl Fn(&'p T) -> R,
    ) -> Vec<u8> {
        let items = page.items.iter().map(render).collect();
        let resource =
            PageResource::new(self.request.relay, &self.request.page, content, page.with_items(items));
        Answer::encode(resource)
    }
}

impl Gateway {
    /// Answers a relay. The caller holds the turn.
    pub(crate) async fn read(
        &self,
        session: &Arc<Session>,
        relay: &RelayRequest,
        request: &SubscribeRequest,
    ) -> Result<(), Problem> {
        let begun = Instant::now();
        if let Some(dialect) = Dialect::of_bootstrap(&request.destination) {
            session.learn_dialect(dialect);
        }
        let json = self.ask(Ask { session, request: relay, headers: &request.headers }).await?;
        if let Some(receipt) = &request.receipt {
            session.push_frame(encode::receipt(receipt));
        }
        let number = session.next_number();
        let delivery = Delivery { subscription: &request.id, message_id: number, ..Delivery::default() };
        session.push_frame(encode::message(&request.destination, encode::JSON, &json_text(json), &delivery));
        self.metrics.relay_seconds.observe(begun.elapsed().as_secs_f64());
        if relay.relay == Relay::Bootstrap {
            // Clients that come back subscribe to what they still watch before they ask for this (protocol 1.11).
            self.drop_unconfirmed(session).await;
        }
        Ok(())
    }

    async fn ask(&self, ask: Ask<'_>) -> Json {
        match ask.request.relay {
            Relay::Bootstrap | Relay::CurrentUser => {
                let actor = ask.session.actor();
                let view = self.services.users.view(actor.app, actor.user).await?;
                Ok(Answer::encode(self.renderer.current_user(&view)))
            }
            Relay::WriteFileAccessGrant => Ok(self.grant(&ask, GrantKind::Write)),
            Relay::ReadFileAccessGrant => Ok(self.grant(&ask, GrantKind::Read)),
            Relay::Channels => {
                let scope =
                    if ask.is_set("subscribable") { ChannelScope::Joined } else { ChannelScope::Visible };
                self.channels(&ask, scope).await
            }
            Relay::UnreadChannels => self.channels(&ask, ChannelScope::Unread).await,
            Relay::JoinableChannels => self.channels(&ask, ChannelScope::Joinable).await,
            Relay::ChannelsCount | Relay::UnreadChannelsCount => self.channels_count(&ask).await,
            Relay::Contacts => {
                let page = self.contacts(&ask, ask.page()).await?;
                Ok(ask.answer_page("users", &page, |user| self.renderer.user(user)))
            }
            Relay::ContactsCount => {
                let page = self.contacts(&ask, PageRequest::new(None, Some(1))).await?;
                Ok(Answer::encode(Count { count: page.total }))
            }
            Relay::User(user) => {
                let view = self.services.users.view(ask.session.app(), user).await?;
                Ok(Answer::encode(self.renderer.user(&view)))
            }
            Relay::ChannelMember(user) => self.channel_member(&ask, user).await,
            Relay::UserMediaSettings(user) => {
                let (view, settings) = self.services.users.media_settings(ask.session.app(), user).await?;
                Ok(Answer::encode(self.renderer.user_media_settings(&view, &settings)))
            }
            Relay::Channel(channel) => {
                let seen = self.services.channels.get(ask.session.actor(), channel).await?;
                Ok(self.answer_channel(&ask, &seen))
            }
            Relay::ChannelMembers(channel) => {
                let (actor, part) = (ask.session.actor(), ask.header("displayName"));
                let page = self.services.channels.members(actor, channel, part, ask.page()).await?;
                Ok(ask.answer_page("users", &page, |user| self.renderer.user(user)))
            }
            Relay::Moderators(channel) => {
                let (actor, part) = (ask.session.actor(), ask.header("displayName"));
                let page = self.services.channels.moderators(actor, channel, part, ask.page()).await?;
                Ok(ask.answer_page("users", &page, |user| self.renderer.user(user)))
            }
            Relay::BlockRecords(channel) => {
                let (actor, part) = (ask.session.actor(), ask.header("displayName"));
                let page = self.services.channels.blocks(actor, channel, part, ask.page()).await?;
                Ok(ask.answer_page("records", &page, |block| self.renderer.channel_block(block)))
            }
            Relay::UserBlockListItems | Relay::UserBlockedRecords => {
                let part = ask.header("displayName").or(ask.header("name"));
                let page = self.services.chat.blocks.list(ask.session.actor(), part, ask.page()).await?;
                Ok(ask.answer_page("items", &page, |block| self.renderer.user_block(block)))
            }
            Relay::ChannelCalls(channel) => {
                let filter = CallFilter { active_only: ask.is_set("active") };
                let page = self.services.calls.list(ask.session.actor(), channel, filter, ask.page()).await?;
                Ok(ask.answer_page("calls", &page, |call| self.renderer.call(call)))
            }
            Relay::Call(call) => {
                let view = self.services.calls.get(ask.session.actor(), call).await?;
                Ok(Answer::encode(self.renderer.call(&view)))
            }
            Relay::CallParticipants(call) => {
                let page = self.services.calls.participants(ask.session.actor(), call, ask.page()).await?;
                Ok(ask.answer_page("users", &page, |user| self.renderer.user(user)))
            }
            Relay::UnreadMessagesCount
            | Relay::UserMessages
            | Relay::ChannelMessages(_)
            | Relay::MessagesCount(_)
            | Relay::LastReceivedMessage(_)
            | Relay::LastReadMessage(_)
            | Relay::ChannelUnread(_)
            | Relay::Threads(_)
            | Relay::ChannelContext(_) => self.ask_chat(&ask).await,
            Relay::Message(_)
            | Relay::MessageChannel(_)
            | Relay::MessageParent(_)
            | Relay::ReadReceipts(_)
            | Relay::Replies(_)
            | Relay::RepliesCount(_)
            | Relay::Reactions(_)
            | Relay::Reports(_)
            | Relay::ReportCount(_)
            | Relay::Thread(_)
            | Relay::ThreadChannel(_)
            | Relay::ThreadMessage(_) => self.ask_message(&ask).await,
        }
    }

    fn answer_channel(&self, ask: &Ask<'_>, seen: &SeenChannel) -> Vec<u8> {
        let seat = seat(ask.session, seen);
        Answer::encode(self.renderer.channel_with(&seen.channel, seat, seen.last_message.as_ref()))
    }

    fn grant(&self, ask: &Ask<'_>, kind: GrantKind) -> Vec<u8> {
        let grant = self.grants.issue(kind, ask.session.app(), ask.session.user(), self.now());
        Answer::encode(Grant { grant })
    }

    async fn channels(&self, ask: &Ask<'_>, scope: ChannelScope) -> Json {
        let (actor, name) = (ask.session.actor(), ask.header("name"));
        let page = self.services.channels.list(actor, scope, name, ask.page()).await?;
        Ok(ask.answer_page("channels", &page, |seen| {
            self.renderer.channel_with(&seen.channel, seat(ask.session, seen), seen.last_message.as_ref())
        }))
    }

    /// With `unread`: those with unread messages, of one type or of all. Without: all of the user's.
    async fn channels_count(&self, ask: &Ask<'_>) -> Json {
        let kind = ask.header("type").map(|word| {
            ChannelKind::parse(word).ok_or_else(|| Error::invalid("type", "one of DIRECT, PUBLIC, PRIVATE"))
        });
        if ask.is_set("unread") || ask.request.relay == Relay::UnreadChannelsCount {
            let count =
                self.services.chat.reads.count_channels(ask.session.actor(), kind.transpose()?).await?;
            return Ok(Answer::encode(Count { count }));
        }
        if kind.is_some() {
            return Err(Error::invalid("type", "only together with `unread`").into());
        }
        let one = PageRequest::new(None, Some(1));
        let page = self.services.channels.list(ask.session.actor(), ChannelScope::Joined, None, one).await?;
        Ok(Answer::encode(Count { count: page.total }))
    }

    async fn contacts(&self, ask: &Ask<'_>, page: PageRequest) -> Result<Page<UserView>, Problem> {
        let filter = ContactFilter {
            name: ask.header("name").map(str::to_owned),
            display_name: ask.header("displayName").map(str::to_owned),
            online: match ask.header("online") {
                None => None,
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => return Err(Error::invalid("online", "true or false").into()),
            },
        };
        Ok(self.services.users.contacts(ask.session.actor(), &filter, page).await?)
    }

    async fn channel_member(&self, ask: &Ask<'_>, user: UserId) -> Json {
        let channel = ask.header("channelId").and_then(|id| id.parse().ok()).map(ChannelId);
        let channel = channel.ok_or_else(|| Error::invalid("channelId", "must be the id of a channel"))?;
        let exists = self.services.channels.is_member(ask.session.actor(), user, channel).await?;
        Ok(Answer::encode(Exists { exists }))
    }
}
