//! First start: makes one application, so that a client can connect at once.
use crate::{config::Bootstrap, secrets::token};
use domain::ports::{Clock, Store};
use model::user::App;
use sha2::{Digest, Sha256};
use std::error::Error;

/// The application, and what only the first start can print.
pub(crate) struct Bootstrapped {
    /// The first application of the database.
    pub(crate) app: App,
    /// Platform API credentials, at first start only: the secret is stored as a hash.
    pub(crate) credentials: Option<(String, String)>,
}

/// Returns the database's first application, made from the settings when there is none.
pub(crate) async fn ensure_app(
    store: &dyn Store,
    clock: &dyn Clock,
    settings: &Bootstrap,
) -> Result<Bootstrapped, Box<dyn Error>> {
    if let Some(app) = store.first_app().await? {
        return Ok(Bootstrapped { app, credentials: None });
    }
    let api_key = settings.api_key.clone().map_or_else(|| token(16), Ok)?;
    let client_id = settings.client_id.clone().map_or_else(|| token(16), Ok)?;
    let secret =
        settings.client_secret.as_ref().map_or_else(|| token(32), |secret| Ok(secret.expose().clone()))?;
    let hash = format!("sha256:{:x}", Sha256::digest(secret.as_bytes()));
    let app = store
        .create_app("Default", &api_key, &client_id, &hash, settings.guests_allowed, clock.now())
        .await?;
    Ok(Bootstrapped { app, credentials: Some((client_id, secret)) })
}
