//! Users: signing in, profiles, contacts.
use crate::{
    Actor, Ctx,
    ports::{Bus, Clock, Result, Store},
    presence::Presence,
};
use model::{
    AppId, Properties, UserId,
    page::{Page, PageRequest},
    user::{App, MediaSettings, UserView},
};
use std::sync::Arc;

/// A user as clients name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By exact username.
    Name(String),
}

/// What a profile update changes; `None` keeps.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// Shown to people.
    pub display_name: Option<String>,
    /// Absolute URL of an external picture.
    pub display_picture_url: Option<String>,
    /// Chosen status word.
    pub presence_status: Option<String>,
    /// Free JSON object.
    pub properties: Option<Properties>,
}

/// Which contacts are wanted.
#[derive(Clone, Debug, Default)]
pub struct ContactFilter {
    /// Username begins with this, ignoring ASCII case.
    pub name: Option<String>,
    /// Display name contains this, ignoring ASCII case.
    pub display_name: Option<String>,
    /// Online as others see it, or not.
    pub online: Option<bool>,
}

/// Users of all applications.
pub struct Users {
    #[expect(dead_code, reason = "skeleton")]
    parts: (Arc<dyn Store>, Arc<dyn Bus>, Arc<dyn Clock>, Arc<Presence>),
}

impl Users {
    /// The service.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        presence: Arc<Presence>,
    ) -> Self {
        Self { parts: (store, bus, clock, presence) }
    }

    /// The application of an API key; `None` when there is none.
    pub async fn app_by_key(&self, _api_key: &str) -> Result<Option<App>> {
        unimplemented!()
    }

    /// Signs a guest in: an unknown name becomes a guest user. `Denied` when the application has no guests or the name
    /// belongs to a user that must authenticate; `Invalid` for a bad name. Presence starts with the session, not here.
    pub async fn sign_in_guest(&self, _app: &App, _username: &str) -> Result<UserView> {
        unimplemented!()
    }

    /// A user of the application.
    pub async fn view(&self, _app: AppId, _user: UserId) -> Result<UserView> {
        unimplemented!()
    }

    /// Users by id, in the order of `ids`; unknown ones are left out.
    pub async fn views(&self, _app: AppId, _ids: &[UserId]) -> Result<Vec<UserView>> {
        unimplemented!()
    }

    /// The user a reference names; `NotFound`.
    pub async fn resolve(&self, _app: AppId, _user: &UserRef) -> Result<UserView> {
        unimplemented!()
    }

    /// The other users of the application, by display name.
    pub async fn contacts(
        &self,
        _actor: Actor,
        _filter: &ContactFilter,
        _page: PageRequest,
    ) -> Result<Page<UserView>> {
        unimplemented!()
    }

    /// Changes the actor's profile. `Event::UserUpdated`, also when nothing changed: it carries the receipt.
    pub async fn update(&self, _ctx: &mut Ctx, _patch: UserPatch) -> Result<()> {
        unimplemented!()
    }

    /// What a user sends in calls.
    pub async fn media_settings(&self, _app: AppId, _user: UserId) -> Result<(UserView, MediaSettings)> {
        unimplemented!()
    }
}
