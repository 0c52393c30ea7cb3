use super::*;
use crate::worker::tests::{OFFER, breakable};
use std::sync::atomic::Ordering;
use std::time::Instant;
use telemetry::metrics::Registry;

#[test]
fn when_nothing_can_be_saved_everybody_is_lost_and_the_next_call_works() {
    let (make, is_broken) = breakable();
    let metrics = MediaMetrics::register(&Registry::new()).unwrap();
    let mut calls = Contained::new(make, metrics);
    let now = Instant::now();
    let join = |calls: &mut Contained, call, session| {
        let mut is_answered = false;
        calls.step(|sfu| {
            is_answered = sfu.negotiate(CallId(call), SessionKey(session), OFFER, &[], now).is_ok();
        });
        is_answered
    };
    assert!(join(&mut calls, 1, 1) && join(&mut calls, 2, 2));
    while calls.poll_event().is_some() {}
    is_broken.store(true, Ordering::Relaxed);
    assert!(!join(&mut calls, 2, 3));
    is_broken.store(false, Ordering::Relaxed);
    let lost = |call, session| SfuEvent::Lost { call: CallId(call), session: SessionKey(session) };
    assert_eq!(std::iter::from_fn(|| calls.poll_event()).collect::<Vec<_>>(), [lost(2, 2)]);
    assert_eq!(calls.peers(), [(CallId(1), SessionKey(1))]);

    calls.start_afresh();
    assert_eq!(std::iter::from_fn(|| calls.poll_event()).collect::<Vec<_>>(), [lost(1, 1)]);
    assert_eq!(calls.sfu().population(), (0, 0));
    assert!(join(&mut calls, 1, 1));
    assert_eq!(calls.metrics.panics_total.get(), 1);
}
