//! Users, applications, media settings.
use crate::{AppId, Properties, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// An application (tenant) and the key its clients connect with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Identifier.
    pub id: AppId,
    /// Name shown to administrators.
    pub name: String,
    /// Public key in the `api-key` query parameter.
    pub api_key: String,
    /// May users connect without authentication parameters? New names become guest users then.
    pub guests_allowed: bool,
}

/// A user as stored. Presence is not stored: see [`Presence`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// Tenant.
    pub app: AppId,
    /// Unique username (`StompX-User`).
    pub name: String,
    /// Shown to people; the username until set.
    pub display_name: String,
    /// Absolute URL; `None` means the server's default picture.
    pub display_picture_url: Option<String>,
    /// Created by connecting without authentication.
    pub is_guest: bool,
    /// What the user chose: `AVAILABLE`, `DO_NOT_DISTURB`, `INVISIBLE` or an application's own word.
    pub presence_status: String,
    /// Free JSON object.
    pub properties: Properties,
    /// When the user was created.
    pub created_time: Timestamp,
}

/// How the names of deleted users begin. Nobody can sign in with such a name.
pub const DELETED_NAME: &str = "deleted:";

impl User {
    /// Is this what is left of a user who was deleted? Shown as the author of what they said, and found nowhere else.
    pub fn is_deleted(&self) -> bool {
        self.name.starts_with(DELETED_NAME)
    }
}

/// The presence status of a new user.
pub const STATUS_AVAILABLE: &str = "AVAILABLE";
/// The status that makes a user look offline to everybody else.
pub const STATUS_INVISIBLE: &str = "INVISIBLE";

/// What others see of a user's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The chosen status word; [`STATUS_AVAILABLE`] instead of [`STATUS_INVISIBLE`], which nobody else may learn.
    pub status: String,
    /// At least one live session, and not invisible.
    pub online: bool,
}

/// Is the user in a call? (`callStatus` on the wire.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CallStatus {
    /// `AVAILABLE`
    Available,
    /// `IN_CALL`
    InCall,
}

/// A user together with what is true of it right now: what every rendered `User` needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The stored user.
    pub user: User,
    /// Presence as *others* see it.
    pub presence: Presence,
    /// In a call?
    pub call_status: CallStatus,
}

/// What a user sends in calls, and the capture size it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSettings {
    /// Microphone on?
    pub audio_enabled: bool,
    /// Camera on?
    pub video_enabled: bool,
    /// Pixels.
    pub minimum_width: u32,
    /// Pixels.
    pub minimum_height: u32,
    /// Frames per second.
    pub minimum_frame_rate: u32,
}

impl Default for MediaSettings {
    /// The client's capture defaults until told otherwise (protocol 4.9).
    fn default() -> Self {
        Self {
            audio_enabled: true,
            video_enabled: true,
            minimum_width: 1280,
            minimum_height: 720,
            minimum_frame_rate: 30,
        }
    }
}
