use super::*;
use telemetry::metrics::Registry;

/// A session of nobody in particular.
pub(crate) fn session(key: u64, user: u64) -> Arc<Session> {
    let metrics = Arc::new(GatewayMetrics::register(&Registry::new()).expect("fresh"));
    let user = User {
        id: UserId(user),
        app: AppId(1),
        name: format!("user-{user}"),
        display_name: "Somebody".to_owned(),
        display_picture_url: None,
        is_guest: true,
        presence_status: "AVAILABLE".to_owned(),
        properties: model::Properties::default(),
        created_time: Timestamp(0),
    };
    let identity = Identity { key: SessionKey(key), user, is_ours: false, is_legacy: false };
    Arc::new(Session::new(identity, Token::random(), metrics, Timestamp(0)))
}
