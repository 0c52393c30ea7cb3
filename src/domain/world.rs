//! The services over doubles, and one transcript of everything anybody could notice, in order.
//!
//! Tests say what was given, do one thing, and compare the lines that follow:
//!
//! ```text
//!   receipt bob1                              the hook of the acting session's RECEIPT
//!   CallAccepted bob1 others=ann1 ACTIVE      a committed event
//!   AnswerOffer of bob to ann1                a notice
//!   media leave bob1                          a request to the media plane
//! ```
pub(crate) mod chat;

use crate::{
    Actor, Ctx, Error,
    accounts::Accounts,
    calls::{CallSettings, Calls, Needs, StartCall},
    channels::{Channels, CreateChannel, Done},
    chat::{Chat, ChatNeeds},
    ports::{Bus, CallMedia, Clock, MediaOffer, NewUser, Result, Store},
    presence::Presence,
    testing::{FakeClock, MemoryStore, RecordingMedia, now_or_never, pause},
    users::{UserRef, Users},
};
use async_trait::async_trait;
use model::{
    CallId, ChannelId, Properties, SessionKey, UserId,
    call::CallKind,
    channel::ChannelKind,
    event::{Committed, Event, Notice, Origin, SignalPayload},
    user::{App, CallStatus, User, UserView},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub(crate) const RING: Duration = Duration::from_secs(60);

/// Everything said, in order.
#[derive(Default)]
pub(crate) struct Transcript {
    lines: Mutex<Vec<String>>,
    names: Mutex<BTreeMap<UserId, String>>,
}

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) media: Arc<LoggedMedia>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) users: Arc<Users>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) calls: Calls,
    pub(crate) chat: Chat,
    pub(crate) accounts: Accounts,
    pub(crate) app: App,
    pub(crate) log: Arc<Transcript>,
}

/// A user with as many devices as a test asks for: session `n` of user 3 is `session:30n`.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
}

impl Person {
    pub(crate) fn id(&self) -> UserId {
        self.user.id
    }

    pub(crate) fn on(&self, device: u64) -> Actor {
        Actor { app: self.user.app, user: self.user.id, session: SessionKey(self.user.id.0 * 100 + device) }
    }
}

/// Awaits something that has nothing to wait for.
#[track_caller]
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    now_or_never(future).expect("nothing waits in these tests")
}

/// The text of an error that has to be there.
#[track_caller]
pub(crate) fn problem<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("this had to fail"),
        Err(Error::Unavailable(_)) => "unavailable".to_owned(),
        Err(error) => error.to_string(),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    /// A server started on what an earlier one left behind.
    pub(crate) fn over(store: Arc<MemoryStore>) -> Self {
        let log = Arc::new(Transcript::default());
        let clock = Arc::new(FakeClock::default());
        let media = Arc::new(LoggedMedia {
            inner: RecordingMedia::new(),
            log: log.clone(),
            pauses: AtomicBool::new(false),
        });
        let presence = Arc::new(Presence::new(log.clone()));
        let users = Arc::new(Users::new(store.clone(), log.clone(), clock.clone(), presence.clone()));
        let channels = Arc::new(Channels::new(
            store.clone(),
            log.clone(),
            clock.clone(),
            users.clone(),
            presence.clone(),
        ));
        let calls = Calls::new(Needs {
            store: store.clone(),
            bus: log.clone(),
            clock: clock.clone(),
            users: users.clone(),
            channels: channels.clone(),
            presence: presence.clone(),
            media: media.clone(),
            settings: CallSettings { ring: RING },
        });
        let chat = Chat::new(ChatNeeds {
            store: store.clone(),
            bus: log.clone(),
            clock: clock.clone(),
            users: users.clone(),
            channels: channels.clone(),
            presence: presence.clone(),
        });
        let accounts =
            Accounts::new(store.clone(), log.clone(), clock.clone(), users.clone(), channels.clone());
        let app = match now(store.first_app()).unwrap() {
            Some(app) => app,
            None => now(store.create_app("app", "key", "client", "hash", true, clock.now())).unwrap(),
        };
        Self { store, clock, media, presence, users, channels, calls, chat, accounts, app, log }
    }

    /// A user who is online with device 1.
    pub(crate) fn user(&self, name: &str) -> Person {
        let new = NewUser {
            app: self.app.id,
            name: name.to_owned(),
            display_name: name.to_owned(),
            is_guest: true,
            properties: Properties::default(),
            time: self.clock.now(),
        };
        let person = Person { user: now(self.store.ensure_user(new)).unwrap() };
        self.log.names.lock().insert(person.id(), name.to_owned());
        self.presence.session_started(&person.user, person.on(1).session);
        self.log.take();
        person
    }

    pub(crate) fn users<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        names.map(|name| self.user(name))
    }

    /// A channel of these users; the first creates it.
    pub(crate) fn channel(&self, kind: ChannelKind, members: &[&Person]) -> ChannelId {
        let [creator, ..] = members else { panic!("somebody has to create it") };
        let new = CreateChannel {
            kind,
            name: None,
            display_name: None,
            members: members.iter().map(|person| UserRef::Id(person.id())).collect(),
            properties: Properties::default(),
        };
        let mut ctx = Ctx::new(creator.on(1));
        assert_eq!(now(self.channels.create(&mut ctx, new)).unwrap(), Done::Published);
        self.log.take();
        let channel = self.store.events().iter().rev().find_map(|committed| match &committed.event {
            Event::ChannelCreated { channel, .. } => Some(channel.channel.id),
            _ => None,
        });
        channel.unwrap()
    }

    pub(crate) fn direct(&self, members: &[&Person]) -> ChannelId {
        self.channel(ChannelKind::Direct, members)
    }

    pub(crate) fn group(&self, members: &[&Person]) -> ChannelId {
        self.channel(ChannelKind::Private, members)
    }

    /// An action with a receipt.
    pub(crate) fn ctx(&self, actor: Actor) -> Ctx {
        let log = self.log.clone();
        let hook = move || log.say(format!("receipt {}", log.device(actor.session)));
        Ctx::with_receipt(actor, "r".to_owned(), Box::new(hook))
    }

    /// What was said since the last time.
    pub(crate) fn said(&self) -> Vec<String> {
        self.log.take()
    }

    #[track_caller]
    pub(crate) fn expect(&self, lines: &[&str]) {
        assert_eq!(self.said(), lines);
    }

    pub(crate) fn forget(&self) {
        self.log.take();
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The timer of the server, once.
    pub(crate) fn tick(&self) {
        let time = self.clock.now();
        if self.calls.next_deadline().is_some_and(|deadline| deadline <= time) {
            now(self.calls.handle_timeout(time));
        }
        if self.chat.next_deadline().is_some_and(|deadline| deadline <= time) {
            self.chat.handle_timeout(time);
        }
    }

    /// A call, peer to peer.
    pub(crate) fn start(&self, actor: Actor, channel: ChannelId) -> CallId {
        self.start_as(actor, channel, Some(true))
    }

    pub(crate) fn start_as(&self, actor: Actor, channel: ChannelId, p2p: Option<bool>) -> CallId {
        let done = now(self.calls.start(&mut self.ctx(actor), channel, start_call(p2p))).unwrap();
        match done {
            Done::Found(view) => view.call.id,
            Done::Published => self.last_call(),
        }
    }

    pub(crate) fn last_call(&self) -> CallId {
        let call = self.store.events().iter().rev().find_map(|committed| match &committed.event {
            Event::CallCreated { call, .. } => Some(call.call.id),
            _ => None,
        });
        call.unwrap()
    }

    pub(crate) fn ready(&self, actor: Actor, call: CallId) {
        now(self.calls.ready(&mut self.ctx(actor), call)).unwrap();
    }

    /// The stored call in one line: state, reason, outcomes.
    pub(crate) fn stored(&self, id: CallId) -> String {
        let (call, participants) = now(self.store.call(self.app.id, id)).unwrap().unwrap();
        let outcome = |participant: &model::call::Participant| {
            format!("{}={}", self.log.name(participant.user), participant.outcome.as_str())
        };
        let outcomes: Vec<String> = participants.iter().map(outcome).collect();
        let reason = call.end_reason.map(|reason| format!(" {}", reason.as_str())).unwrap_or_default();
        format!("{}{reason}: {}", call.state.as_str(), outcomes.join(" "))
    }
}

pub(crate) fn start_call(p2p: Option<bool>) -> StartCall {
    StartCall { kind: CallKind::Conference, properties: Properties::default(), p2p, legacy_client: false }
}

impl Transcript {
    pub(crate) fn say(&self, line: String) {
        self.lines.lock().push(line);
    }

    fn take(&self) -> Vec<String> {
        mem::take(&mut *self.lines.lock())
    }

    fn name(&self, user: UserId) -> String {
        self.names.lock().get(&user).cloned().unwrap_or_else(|| user.to_string())
    }

    pub(crate) fn device(&self, session: SessionKey) -> String {
        format!("{}{}", self.name(UserId(session.0 / 100)), session.0 % 100)
    }

    fn devices(&self, sessions: &[SessionKey]) -> String {
        let devices: Vec<String> = sessions.iter().map(|session| self.device(*session)).collect();
        if devices.is_empty() { "nobody".to_owned() } else { devices.join(",") }
    }

    fn names_of(&self, users: &[UserId]) -> String {
        let names: Vec<String> = users.iter().map(|user| self.name(*user)).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(",") }
    }

    fn event(&self, event: &Event) -> String {
        match event {
            Event::UserUpdated { user } => format!("UserUpdated {}", user.user.name),
            Event::ChannelCreated { channel, joined } => {
                format!("ChannelCreated {} {}", channel.channel.kind.as_str(), self.names_of(joined))
            }
            Event::ChannelJoined { user, invited_by: None, .. } => {
                format!("ChannelJoined {}", user.user.name)
            }
            Event::ChannelJoined { user, invited_by: Some(by), .. } => {
                format!("ChannelJoined {} by {}", user.user.name, self.name(*by))
            }
            Event::ChannelLeft { user, .. } => format!("ChannelLeft {}", user.user.name),
            Event::CallCreated { call, invited } => {
                format!("CallCreated by {} rings {}", call.creator.user.name, self.names_of(invited))
            }
            Event::CallAccepted { user, session, others, activated, .. } => {
                assert_eq!(user.call_status, CallStatus::InCall, "whoever accepts is in the call");
                let device = self.device(*session);
                let active = if *activated { " ACTIVE" } else { "" };
                format!("CallAccepted {device} others={}{active}", self.devices(others))
            }
            Event::CallDeclined { user, .. } => format!("CallDeclined {}", user.user.name),
            Event::CallMissed { users, .. } => format!("CallMissed {}", self.names_of(users)),
            Event::CallLeft { user, .. } => {
                let elsewhere = user.call_status == CallStatus::InCall;
                format!("CallLeft {}{}", user.user.name, if elsewhere { " still in a call" } else { "" })
            }
            Event::CallEnded { call } => {
                format!("CallEnded {}", call.call.end_reason.expect("an ended call has a reason").as_str())
            }
            Event::MediaSettingsUpdated { user, settings, call } => {
                let call = call.map_or("no call".to_owned(), |call| call.to_string());
                let (audio, video) = (settings.audio_enabled, settings.video_enabled);
                format!("MediaSettings {} audio={audio} video={video} in {call}", user.user.name)
            }
            other => self.chat_event(other),
        }
    }

    fn notice(&self, notice: &Notice) -> String {
        let name = |user: &Option<UserView>| {
            user.as_ref().map_or("the SFU".to_owned(), |user| user.user.name.clone())
        };
        match notice {
            Notice::PresenceChanged { user, .. } => format!(
                "presence {} {} {}{}",
                user.user.name,
                user.presence.status,
                if user.presence.online { "online" } else { "offline" },
                if user.call_status == CallStatus::InCall { " in call" } else { "" },
            ),
            Notice::Signal { to, kind, peer, payload, .. } => {
                let payload = match payload {
                    None => String::new(),
                    Some(SignalPayload::Json(json)) => format!(": {json}"),
                    Some(SignalPayload::Answer(_)) => ": answer".to_owned(),
                };
                format!("{kind:?} of {} to {}{payload}", name(peer), self.device(*to))
            }
            Notice::CallOver { to, .. } => format!("CallOver {}", self.device(*to)),
            Notice::MediaTracks { to, version, tracks, wanted, .. } => {
                let track = |track: &model::event::ReceivedTrack| {
                    format!("{}={} of {}", track.mid, track.source.as_str(), self.device(track.session))
                };
                let tracks: Vec<String> = tracks.iter().map(track).collect();
                let tracks = tracks.join(", ");
                format!(
                    "tracks v{version} to {}: [{tracks}] wanted {}+{}",
                    self.device(*to),
                    wanted.audio,
                    wanted.video
                )
            }
            other => self.chat_notice(other),
        }
    }
}

impl Bus for Transcript {
    fn publish(&self, committed: &[Committed], origin: Option<&Origin>) {
        let carrier =
            origin.map(|origin| format!(" for {}", self.device(origin.session))).unwrap_or_default();
        for committed in committed {
            self.say(format!("{}{carrier}", self.event(&committed.event)));
        }
    }

    fn announce(&self, notice: Notice) {
        self.say(self.notice(&notice));
    }
}

/// A media plane that says what is asked of it.
pub(crate) struct LoggedMedia {
    pub(crate) inner: RecordingMedia,
    log: Arc<Transcript>,
    pauses: AtomicBool,
}

impl LoggedMedia {
    /// From now on negotiating takes a while.
    pub(crate) fn pause(&self) {
        self.pauses.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl CallMedia for LoggedMedia {
    async fn negotiate(&self, call: CallId, session: SessionKey, offer: MediaOffer) -> Result<String> {
        for _ in 0..if self.pauses.load(Ordering::SeqCst) { 5 } else { 0 } {
            pause().await;
        }
        self.log.say(format!("media offer {}", self.log.device(session)));
        self.inner.negotiate(call, session, offer).await
    }

    fn leave(&self, call: CallId, session: SessionKey) {
        self.log.say(format!("media leave {}", self.log.device(session)));
        self.inner.leave(call, session);
    }

    fn end(&self, call: CallId) {
        self.log.say("media end".to_owned());
        self.inner.end(call);
    }
}
