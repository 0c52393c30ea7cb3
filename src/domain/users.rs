//! Users: signing in, profiles, contacts, what they send in calls.
use crate::{
    Actor, Ctx, Error,
    ports::{Bus, Clock, NewEvent, NewUser, Result, Store, UserFilter},
    presence::Presence,
    striped::Striped,
    text,
};
use model::{
    AppId, Properties, UserId,
    event::Event,
    limits,
    page::{Page, PageRequest},
    user::{App, DELETED_NAME, MediaSettings, User, UserView},
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
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    presence: Arc<Presence>,
    /// By user: one change of a profile at a time.
    changing: Striped,
}

impl Users {
    /// The service.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        presence: Arc<Presence>,
    ) -> Self {
        Self { store, bus, clock, presence, changing: Striped::new() }
    }

    /// The application of an API key; `None` when there is none.
    pub async fn app_by_key(&self, api_key: &str) -> Result<Option<App>> {
        self.store.app_by_key(api_key).await
    }

    /// Signs a guest in: an unknown name becomes a guest user. `Denied` when the application has no guests or the name
    /// belongs to a user that must authenticate; `Invalid` for a bad name. Presence starts with the session, not here.
    pub async fn sign_in_guest(&self, app: &App, username: &str) -> Result<UserView> {
        if !app.guests_allowed {
            return Err(Error::Denied {
                reason: "this application allows no guests: authentication is required",
            });
        }
        text::check_name("username", username, limits::MAX_USERNAME_BYTES)?;
        if username.starts_with(DELETED_NAME) {
            let problem = format!("names beginning with `{DELETED_NAME}` are those of deleted users");
            return Err(Error::invalid("username", problem));
        }
        let user = match self.store.user_by_name(app.id, username).await? {
            Some(user) => user,
            None => self.store.ensure_user(self.new_guest(app.id, username)).await?,
        };
        if !user.is_guest {
            return Err(Error::Denied { reason: "this username belongs to a user that must authenticate" });
        }
        Ok(self.presence.view(user))
    }

    fn new_guest(&self, app: AppId, username: &str) -> NewUser {
        NewUser {
            app,
            name: username.to_owned(),
            display_name: username.to_owned(),
            is_guest: true,
            properties: Properties::default(),
            time: self.clock.now(),
        }
    }

    /// A user of the application.
    pub async fn view(&self, app: AppId, user: UserId) -> Result<UserView> {
        Ok(self.presence.view(self.stored(app, user).await?))
    }

    /// Users by id, in the order of `ids`; unknown ones are left out.
    pub async fn views(&self, app: AppId, ids: &[UserId]) -> Result<Vec<UserView>> {
        let users = self.store.users(app, ids).await?;
        Ok(users.into_iter().map(|user| self.presence.view(user)).collect())
    }

    /// The user a reference names; `NotFound`.
    pub async fn resolve(&self, app: AppId, user: &UserRef) -> Result<UserView> {
        let found = match user {
            UserRef::Id(id) => self.store.user(app, *id).await?,
            UserRef::Name(name) => self.store.user_by_name(app, name).await?,
        };
        found.map(|user| self.presence.view(user)).ok_or(Error::NotFound { what: "user" })
    }

    /// The other users of the application, by display name.
    pub async fn contacts(
        &self,
        actor: Actor,
        filter: &ContactFilter,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        let online = filter.online.map(|wanted| (wanted, self.presence.online(actor.app)));
        let (among, not_among) = match online {
            None => (None, Vec::new()),
            Some((true, online)) => (Some(online), Vec::new()),
            Some((false, online)) => (None, online),
        };
        let filter = UserFilter {
            except: Some(actor.user),
            name_prefix: filter.name.clone(),
            display_name_part: filter.display_name.clone(),
            among,
            not_among,
        };
        let page = self.store.list_users(actor.app, &filter, page).await?;
        let views = page.items.iter().cloned().map(|user| self.presence.view(user)).collect();
        Ok(page.with_items(views))
    }

    /// Changes the actor's profile. `Event::UserUpdated`, also when nothing changed: it carries the receipt.
    pub async fn update(&self, ctx: &mut Ctx, patch: UserPatch) -> Result<()> {
        check(&patch)?;
        let Actor { app, user, .. } = ctx.actor;
        let _alone = self.changing.lock(user.0).await;
        let user = patched(self.stored(app, user).await?, patch);
        let event = Event::UserUpdated { user: self.presence.view(user.clone()) };
        let event = NewEvent { app, channel: None, time: self.clock.now(), event };
        let write = self.store.update_user(&user, vec![event]).await?;
        ctx.committed();
        self.bus.publish(&write.events, ctx.origin.as_ref());
        self.presence.user_changed(&user);
        Ok(())
    }

    /// What a user sends in calls.
    pub async fn media_settings(&self, app: AppId, user: UserId) -> Result<(UserView, MediaSettings)> {
        let view = self.view(app, user).await?;
        Ok((view, self.store.media_settings(app, user).await?))
    }

    async fn stored(&self, app: AppId, user: UserId) -> Result<User> {
        self.store.user(app, user).await?.ok_or(Error::NotFound { what: "user" })
    }
}

fn check(patch: &UserPatch) -> Result<()> {
    if let Some(name) = &patch.display_name {
        text::check_name("displayName", name, limits::MAX_NAME_BYTES)?;
    }
    if let Some(url) = &patch.display_picture_url {
        text::check_url("displayPictureUrl", url, limits::MAX_URL_BYTES)?;
    }
    if let Some(status) = &patch.presence_status {
        text::check_name("presence.status", status, limits::MAX_STATUS_BYTES)?;
    }
    Ok(())
}

fn patched(user: User, patch: UserPatch) -> User {
    User {
        display_name: patch.display_name.unwrap_or(user.display_name),
        display_picture_url: patch.display_picture_url.or(user.display_picture_url),
        presence_status: patch.presence_status.unwrap_or(user.presence_status),
        properties: patch.properties.unwrap_or(user.properties),
        ..user
    }
}

#[cfg(test)]
mod tests;
