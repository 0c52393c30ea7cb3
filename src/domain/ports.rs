//! What the rules need from the outside: traits only. `server` plugs in the adapters.
mod messages;
mod reads;
mod seats;

use crate::Error;
use async_trait::async_trait;
use model::{
    AppId, CallId, ChannelId, Properties, SessionKey, Timestamp, UserId,
    call::{Call, Participant, Source},
    channel::{Channel, ChannelKind, Member},
    event::{Committed, Event, Notice, Origin, WantedSections},
    page::{Page, PageRequest},
    user::{App, MediaSettings, User},
};

pub use messages::{
    Chat, ContentFilter, Describe, MessageFilter, MessageRecord, MessageScope, MessageStore, NewMessage,
    NewThread, NotificationRecord, Place, ReactionCount, ReactionRecord, ReportRecord, SendOutcome, Sent,
    ThreadFilter,
};
pub use reads::{NewReads, ReadScope, ReadStore, Unread};
pub use seats::{BlockRecord, NewSeat, SeatStore};

/// Result of a port.
pub type Result<T> = std::result::Result<T, Error>;

/// Wall clock.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Carries events from services to every session on every node.
///
/// Both calls are synchronous and never block: receivers queue. Two calls made one after the other are seen in that
/// order by every receiver on this node.
pub trait Bus: Send + Sync {
    /// Announces committed events. `origin` marks the acting session's copy of the result.
    fn publish(&self, committed: &[Committed], origin: Option<&Origin>);
    /// Announces something that is not stored.
    fn announce(&self, notice: Notice);
}

/// An event to be committed with a write. `channel` places it in that channel's gap-free order.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The tenant.
    pub app: AppId,
    /// The channel whose order it belongs to.
    pub channel: Option<ChannelId>,
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What an atomic write returned, and its events, now durable and numbered.
#[must_use = "committed events must be published"]
#[derive(Debug)]
pub struct Write<T> {
    /// The value.
    pub value: T,
    /// The events, in order.
    pub events: Vec<Committed>,
}

/// A user to be created.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The tenant.
    pub app: AppId,
    /// Unique name.
    pub name: String,
    /// Shown to people.
    pub display_name: String,
    /// Guest?
    pub is_guest: bool,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub time: Timestamp,
}

/// Which users [`Store::list_users`] returns. Sorted by display name, then id.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Not this one.
    pub except: Option<UserId>,
    /// Username begins with this, ignoring ASCII case.
    pub name_prefix: Option<String>,
    /// Display name contains this, ignoring ASCII case.
    pub display_name_part: Option<String>,
    /// Only these ids (used for `online=true`); an empty list matches nobody.
    pub among: Option<Vec<UserId>>,
    /// None of these ids (used for `online=false`).
    pub not_among: Vec<UserId>,
}

/// A channel to be created.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// The tenant.
    pub app: AppId,
    /// Type.
    pub kind: ChannelKind,
    /// Unique name.
    pub name: String,
    /// Shown to people.
    pub display_name: String,
    /// The creator; becomes a member and, outside DIRECT channels, a moderator.
    pub creator: Option<UserId>,
    /// All first members, the creator included, without duplicates. For DIRECT: the set that identifies the channel.
    pub members: Vec<UserId>,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub time: Timestamp,
}

/// Which channels [`Store::list_channels`] returns. Newest activity first, then highest id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelScope {
    /// Member, or PUBLIC.
    Visible,
    /// Member.
    Joined,
    /// PUBLIC and not a member, nor kept out.
    Joinable,
    /// Member, with unread messages.
    Unread,
}

/// Which calls of a channel [`Store::list_calls`] returns. Newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Only calls that have not ended.
    pub active_only: bool,
}

/// Durable truth. Every method is one atomic step; a write has survived `kill -9` when it returns.
///
/// A method that takes `events` stores them with the write, in the same transaction, and numbers them.
#[async_trait]
pub trait Store: MessageStore + ReadStore + SeatStore + Send + Sync {
    /// Is the database reachable and writable?
    async fn ready(&self) -> Result<()>;

    /// The application with this API key.
    async fn app_by_key(&self, api_key: &str) -> Result<Option<App>>;
    /// Any application, the oldest first; `None` on an empty database.
    async fn first_app(&self) -> Result<Option<App>>;
    /// Creates an application. `Conflict` when the API key is taken.
    async fn create_app(
        &self,
        name: &str,
        api_key: &str,
        client_id: &str,
        client_secret_hash: &str,
        guests_allowed: bool,
        time: Timestamp,
    ) -> Result<App>;

    /// A user by id.
    async fn user(&self, app: AppId, id: UserId) -> Result<Option<User>>;
    /// Users by ids, in the order of `ids`; unknown ones are left out.
    async fn users(&self, app: AppId, ids: &[UserId]) -> Result<Vec<User>>;
    /// A user by exact name.
    async fn user_by_name(&self, app: AppId, name: &str) -> Result<Option<User>>;
    /// Creates a user, or returns the existing one of that name unchanged.
    async fn ensure_user(&self, new: NewUser) -> Result<User>;
    /// Replaces display name, picture, presence status and properties.
    async fn update_user(&self, user: &User, events: Vec<NewEvent>) -> Result<Write<()>>;
    /// A page of users.
    async fn list_users(&self, app: AppId, filter: &UserFilter, page: PageRequest) -> Result<Page<User>>;

    /// Media settings; the defaults for a user who never set any.
    async fn media_settings(&self, app: AppId, user: UserId) -> Result<MediaSettings>;
    /// Replaces a user's media settings.
    async fn save_media_settings(
        &self,
        app: AppId,
        user: UserId,
        settings: MediaSettings,
        events: Vec<NewEvent>,
    ) -> Result<Write<()>>;

    /// Creates a channel with its members. A DIRECT channel with the same set of members exists: returns it
    /// with `Found`. Another channel of that name exists: `Conflict`. No events: they need the new channel's id.
    async fn create_channel(&self, new: NewChannel) -> Result<Creation>;
    /// A channel by id.
    async fn channel(&self, app: AppId, id: ChannelId) -> Result<Option<Channel>>;
    /// A user's membership.
    async fn member(&self, channel: ChannelId, user: UserId) -> Result<Option<Member>>;
    /// Every member of a channel, in joining order, at most `limit`.
    async fn members(&self, channel: ChannelId, limit: u32) -> Result<Vec<Member>>;
    /// A page of members by display name; `display_name_part` filters ignoring ASCII case.
    async fn list_members(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>>;
    /// Adds a member; an existing membership is left as it is and returned as `Found`.
    async fn add_member(&self, member: Member, events: Vec<NewEvent>) -> Result<Write<MemberCreation>>;
    /// Removes a member; returns whether there was one (events are stored only then).
    async fn remove_member(
        &self,
        channel: ChannelId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// A page of channels for a user; `name_part` matches name or display name ignoring ASCII case.
    async fn list_channels(
        &self,
        app: AppId,
        user: UserId,
        scope: ChannelScope,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Channel>>;
    /// Stores events on their own.
    async fn record(&self, events: Vec<NewEvent>) -> Result<Write<()>>;

    /// Reserves the id of a call that is about to be created.
    async fn next_call_id(&self) -> Result<CallId>;
    /// Inserts a call or replaces it with its participants. Invariant kept by the database: at most one call of a
    /// channel has not ended; breaking it is `Conflict`.
    async fn save_call(
        &self,
        call: &Call,
        participants: &[Participant],
        events: Vec<NewEvent>,
    ) -> Result<Write<()>>;
    /// A call with its participants in invitation order.
    async fn call(&self, app: AppId, id: CallId) -> Result<Option<(Call, Vec<Participant>)>>;
    /// A page of a channel's calls.
    async fn list_calls(
        &self,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<(Call, Vec<Participant>)>>;
    /// Every call that has not ended: what a restarted server has to close.
    async fn open_calls(&self) -> Result<Vec<(Call, Vec<Participant>)>>;
}

/// Was it made, or was it there?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Newly created.
    Created(Channel),
    /// It existed.
    Found(Channel),
}

/// Was the membership made, or was it there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberCreation {
    /// Newly created.
    Created,
    /// It existed; no event was stored.
    Found,
}

/// A client's SDP offer to the SFU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaOffer {
    /// SDP text.
    pub sdp: String,
    /// What each sending media section carries: (mid, source). A section that is not listed is a microphone or a camera
    /// by its kind.
    pub sources: Vec<(String, Source)>,
}

/// The media plane as the rules see it. One peer per session and call.
#[async_trait]
pub trait CallMedia: Send + Sync {
    /// Answers an offer with complete SDP. The first offer of a session makes its peer; later ones renegotiate; an
    /// offer with another DTLS fingerprint replaces the peer. `Invalid` names what is wrong with the SDP.
    async fn negotiate(&self, call: CallId, session: SessionKey, offer: MediaOffer) -> Result<String>;
    /// Removes a session's peer; unknown ones are ignored.
    fn leave(&self, call: CallId, session: SessionKey);
    /// Removes all peers of a call.
    fn end(&self, call: CallId);
}

/// What the media plane reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// What a peer receives has changed: a full snapshot.
    Tracks {
        /// The call.
        call: CallId,
        /// The receiving session.
        session: SessionKey,
        /// Grows with every snapshot of this peer.
        version: u64,
        /// (mid of the receiver, publishing session, source).
        tracks: Vec<(String, SessionKey, Source)>,
        /// Sections the client should add.
        wanted: WantedSections,
    },
    /// ICE and DTLS are up.
    Connected {
        /// The call.
        call: CallId,
        /// The session.
        session: SessionKey,
    },
    /// The peer went silent or closed DTLS and was removed.
    Lost {
        /// The call.
        call: CallId,
        /// The session.
        session: SessionKey,
    },
}
