//! Entry points for fuzzers: each takes arbitrary bytes and panics when an invariant is broken.
use crate::{
    destination::{Action, Relay, Topic, is_errors_queue, parameter},
    request,
};

/// Destinations: parsing never panics, and what was parsed prints to something that parses to the same value.
pub fn destination(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(action) = Action::parse(&text) {
        assert_eq!(Action::parse(&action.to_string()), Some(action));
    }
    if let Some(request) = Relay::parse(&text) {
        assert_eq!(Relay::parse(&request.to_string()), Some(request));
    }
    if let Some(topic) = Topic::parse(&text) {
        assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
    }
    let _ = (is_errors_queue(&text), parameter(Some(&text)));
}

/// Bodies of actions: parsing never panics.
pub fn request(data: &[u8]) {
    let _ = request::create_channel(data);
    let _ = request::start_call(data, true);
    let _ = request::signal(data);
    let _ = request::update_user(data, "");
    let _ = request::user_reference(data);
    let _ = request::enabled(data);
    let _ = request::decline(data);
    let _ = request::draft(data, None);
    let _ = request::edited_body(data);
    let _ = request::new_properties(data);
    let _ = request::report(data);
    let _ = request::emoji(data);
    let _ = request::keystrokes(data);
    let _ = request::mute(data);
    let _ = request::trigger_event(data);
    let _ = request::create_thread(data);
    let _ = request::update_channel(data);
}
