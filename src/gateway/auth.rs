//! CONNECT: from an API key and a username to a session, new or continued.
//!
//! ```text
//!   unknown key, no username ─▶ ERROR AccessDeniedError: the client never comes back (protocol 1.9)
//!   StompX-Auth-Session-ID, same user, inside the resume time ─▶ the session goes on
//!   anything else ─▶ guest sign-in ─▶ a new session
//! ```
//!
//! `StompX-Auth-Params` are not read: applications have no authenticator, so there is nobody to judge them. A user who
//! sends them is a guest like any other, or refused where guests are.
use crate::{
    Gateway,
    close::CloseReason,
    outgoing::Item,
    requests::{Next, SubscribeRequest},
    send_queue::SendQueue,
    session::{Identity, Session, Unresumable},
    token::Token,
};
use model::user::{App, UserView};
use std::sync::Arc;
use stomp::{Headers, encode};
use tracing::{debug, warn};
use wire::{
    destination::{Topic, parameter},
    error::{self, Public},
};

/// How our own clients begin their user agent.
const OUR_AGENT: &str = "Whisker";
/// Only ids that are long enough to be random prove that it is the same client: others would be `sub-0` everywhere.
const MIN_RANDOM_ID_BYTES: usize = 32;

/// How the socket was opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// From the query.
    pub(crate) api_key: Option<String>,
    /// In the way that only the oldest clients do.
    pub(crate) is_legacy: bool,
}

/// Why CONNECT is refused.
struct Refusal {
    /// Label of metrics.
    reason: &'static str,
    public: Public,
}

impl Refusal {
    fn denied(reason: &'static str, message: &str) -> Self {
        Self { reason, public: Public::new(403, error::ACCESS_DENIED, message) }
    }
}

impl Gateway {
    /// Answers CONNECT on the socket with this queue.
    pub(crate) async fn connect(
        self: Arc<Self>,
        queue: Arc<SendQueue>,
        opened: Opened,
        headers: Headers,
    ) -> Next {
        match self.admit(&queue, &opened, &headers).await {
            Ok(session) => Next::Session(session),
            Err(Refusal { reason, public }) => {
                debug!(reason, "refused a client: {}", public.message);
                self.metrics.refusals_total.with_label_values(&[reason]).inc();
                let message = public.message.clone();
                let body = crate::rendering::json_text(public.body(self.now()));
                drop(queue.push(Item::Frame(encode::error(&message, None, &body))));
                queue.close(CloseReason::Refused);
                Next::Same
            }
        }
    }

    async fn admit(
        &self,
        queue: &Arc<SendQueue>,
        opened: &Opened,
        headers: &Headers,
    ) -> Result<Arc<Session>, Refusal> {
        let app = self.app(opened).await?;
        let username = parameter(headers.get("StompX-User"));
        let username =
            username.ok_or_else(|| Refusal::denied("username", "StompX-User: a username is required"))?;
        if let Some(session) = self.resumable(&app, username, headers) {
            let turn = session.turn.lock().await;
            let resumed = self.resume(&session, queue, true).await;
            drop(turn);
            if resumed {
                return Ok(session);
            }
        }
        let user =
            self.services.users.sign_in_guest(&app, username).await.map_err(|problem| refusal(&problem))?;
        Ok(self.begin(user, queue, opened, headers))
    }

    async fn app(&self, opened: &Opened) -> Result<App, Refusal> {
        let unknown = || Refusal::denied("api_key", "unknown API key");
        let key = opened.api_key.as_deref().ok_or_else(unknown)?;
        let app = self.services.users.app_by_key(key).await.map_err(|problem| refusal(&problem))?;
        app.ok_or_else(unknown)
    }

    /// The session that the client wants to continue, if it is its own. (The header may be any text.)
    fn resumable(&self, app: &App, username: &str, headers: &Headers) -> Option<Arc<Session>> {
        let token = Token::parse(headers.get("StompX-Auth-Session-ID")?)?;
        let session = self.sessions.by_token(token)?;
        (session.app() == app.id && session.username() == username).then_some(session)
    }

    /// Continues a session on another socket. `false`: it cannot be; one that lost events is over. The caller holds the
    /// turn.
    async fn resume(&self, session: &Arc<Session>, queue: &Arc<SendQueue>, greets: bool) -> bool {
        let greeting = greets.then(|| greeting(session));
        match session.attach(queue, greeting, self.now()) {
            Ok(()) => {}
            Err(Unresumable::Ended) => return false,
            Err(Unresumable::Lossy) => {
                debug!(session.id = session.key().0, "a session lost events and begins anew");
                self.end(session).await;
                return false;
            }
        }
        self.metrics.resumed_total.inc();
        self.sessions.watch(session);
        if session.mark_online() {
            self.come_back(session).await;
        }
        true
    }

    /// Others saw the user go and see it come back.
    async fn come_back(&self, session: &Session) {
        match self.services.users.view(session.app(), session.user()).await {
            Ok(view) => self.services.presence.session_started(&view.user, session.key()),
            Err(problem) => {
                warn!(session.id = session.key().0, error = %problem, "could not announce a user")
            }
        }
    }

    fn begin(
        &self,
        user: UserView,
        queue: &Arc<SendQueue>,
        opened: &Opened,
        headers: &Headers,
    ) -> Arc<Session> {
        let agent = headers.get("StompX-User-Agent").unwrap_or_default();
        let identity = Identity {
            key: self.sessions.next_key(),
            user: user.user,
            is_ours: agent.starts_with(OUR_AGENT),
            is_legacy: opened.is_legacy,
        };
        let session = Arc::new(Session::new(identity, Token::random(), self.metrics.clone(), self.now()));
        self.sessions.insert(&session);
        self.metrics.sessions.inc();
        session
            .attach(queue, Some(greeting(&session)), self.now())
            .expect("invariant: a new session has not ended");
        debug!(session.id = session.key().0, agent, "a session began");
        session
    }

    /// Another session of the same user that holds the subscription which this fresh one asks for: clients of React
    /// Native come back without the session header, and with their old subscription ids (protocol 3.3 and 7.8).
    pub(crate) fn former_session(
        &self,
        fresh: &Arc<Session>,
        request: &SubscribeRequest,
    ) -> Option<Arc<Session>> {
        let topic = Topic::parse(&request.destination)?;
        if request.id.len() < MIN_RANDOM_ID_BYTES || !fresh.is_fresh() {
            return None;
        }
        let holds =
            |other: &Arc<Session>| other.find(&request.id).is_some_and(|(held, _)| held.topic == topic);
        let others = self.sessions.of_user(fresh.user()).into_iter();
        others.filter(|other| other.key() != fresh.key()).find(holds)
    }

    /// The connection of `fresh` goes on with the session that its client had before. `fresh` was never more than a
    /// name; its token now resumes `former`.
    pub(crate) async fn continue_former(
        &self,
        former: Arc<Session>,
        fresh: Arc<Session>,
        queue: Arc<SendQueue>,
        request: SubscribeRequest,
    ) -> Next {
        let turn = former.turn.lock().await;
        if former.find(&request.id).is_none() || !self.resume(&former, &queue, false).await {
            drop(turn);
            let _turn = fresh.turn.lock().await;
            self.subscribe(&fresh, request).await;
            return Next::Same;
        }
        let (token, errors) = (fresh.token(), fresh.errors());
        self.sessions.remove(&fresh);
        self.metrics.sessions.dec();
        self.sessions.set_token(&former, token);
        former.inherit(&fresh);
        if fresh.mark_offline() {
            // It was announced already: the former session takes its place before it goes.
            self.services.presence.session_ended(fresh.app(), fresh.user(), fresh.key());
        }
        if let Some(errors) = errors {
            former.watch_errors(errors);
        }
        self.subscribe(&former, request).await;
        drop(turn);
        Next::Session(former)
    }
}

fn greeting(session: &Session) -> String {
    encode::connected(&session.token().expose(), &[("user-name", session.username())])
}

/// What a service says about signing in: all but a passing trouble is for good.
fn refusal(problem: &domain::Error) -> Refusal {
    let public = error::public(problem);
    match problem {
        domain::Error::Unavailable(source) => {
            warn!(error = %source, "could not sign a user in: {source}");
            Refusal { reason: "unavailable", public }
        }
        domain::Error::Denied { .. } => Refusal::denied("denied", &public.message),
        domain::Error::Invalid { .. } | domain::Error::NotFound { .. } | domain::Error::Conflict { .. } => {
            Refusal::denied("invalid", &public.message)
        }
    }
}
