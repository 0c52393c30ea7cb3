//! What the media plane reports, and what users send in calls.
use super::{
    MediaSwitch,
    grace::{Due, MEDIA_GRACE},
    live::Live,
    service::Service,
};
use crate::{
    Ctx,
    ports::{MediaEvent, NewEvent, Result},
};
use model::{
    CallId, SessionKey,
    call::Source,
    event::{Event, Notice, ReceivedTrack},
};

impl Service {
    /// Events of calls or sessions that are gone are late, and ignored.
    pub(super) async fn handle_media(&self, event: MediaEvent) {
        let (id, session) = match &event {
            MediaEvent::Tracks { call, session, .. }
            | MediaEvent::Connected { call, session }
            | MediaEvent::Lost { call, session } => (*call, *session),
        };
        let Some(call) = self.registry.call(id) else { return };
        let mut live = call.state.lock().await;
        if !live.machine.ready().any(|(_, device)| device == session) {
            return;
        }
        match event {
            MediaEvent::Tracks { version, tracks, wanted, .. } => {
                let tracks = tracks.into_iter().filter_map(|track| self.received(&live, track)).collect();
                self.bus.announce(Notice::MediaTracks { call: id, to: session, version, tracks, wanted });
                return;
            }
            MediaEvent::Connected { .. } => live.grace.cancel(Due::MediaLost(session)),
            // The client may come back: another network, another offer.
            MediaEvent::Lost { .. } => {
                live.grace.wait(Due::MediaLost(session), self.clock.now() + MEDIA_GRACE);
            }
        }
        self.registry.update(id, &live);
    }

    /// Whose track it is. Tracks of somebody who has just left are on their way out: the next snapshot is without them.
    fn received(
        &self,
        live: &Live,
        (mid, session, source): (String, SessionKey, Source),
    ) -> Option<ReceivedTrack> {
        let user = live.people.get(&live.machine.user_of(session)?)?;
        Some(ReceivedTrack { mid, user: self.person(live, &live.machine, user), session, source })
    }

    pub(super) async fn switch_media(&self, ctx: &mut Ctx, switch: MediaSwitch, enabled: bool) -> Result<()> {
        let actor = ctx.actor;
        let _alone = self.switching.lock(actor.user.0).await;
        let (user, mut settings) = self.users.media_settings(actor.app, actor.user).await?;
        match switch {
            MediaSwitch::Audio => settings.audio_enabled = enabled,
            MediaSwitch::Video => settings.video_enabled = enabled,
        }
        let call = self.current_call(ctx);
        let event = Event::MediaSettingsUpdated { user, settings, call };
        let event = NewEvent { app: actor.app, channel: None, time: self.clock.now(), event };
        let write = self.store.save_media_settings(actor.app, actor.user, settings, vec![event]).await?;
        ctx.committed();
        // The RECEIPT is all that clients wait for.
        self.bus.publish(&write.events, None);
        Ok(())
    }

    /// The call that the acting device is in, else one the user is in with another device.
    fn current_call(&self, ctx: &Ctx) -> Option<CallId> {
        let of_user = self.registry.of_user(ctx.actor.user);
        let of_session = self.registry.of_session(ctx.actor.session);
        let own = of_session.iter().map(|call| call.id).find(|id| of_user.contains(id));
        own.or(of_user.first().copied())
    }
}
