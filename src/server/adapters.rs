//! Small adapters between crates that must not know each other.
use domain::ports::Clock;
use gateway::Gateway;
use model::{
    Timestamp,
    event::{Committed, Notice, Origin},
};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Hands what the bus carries to the gateway's hub.
pub(crate) struct ToGateway(pub(crate) Arc<Gateway>);

impl bus::Receiver for ToGateway {
    fn committed(&self, events: &[Committed], origin: Option<&Origin>) {
        self.0.committed(events, origin);
    }

    fn notice(&self, notice: &Notice) {
        self.0.notice(notice);
    }
}
