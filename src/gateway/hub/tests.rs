use super::*;
use crate::session::tests::session;
use stomp::AckMode;
use wire::destination::{CallTopic, UserTopic};

fn watching(topic: Topic) -> Arc<Subscription> {
    Arc::new(Subscription { id: "s".into(), topic, ack: AckMode::ClientIndividual })
}

fn watchers(hub: &Hub, topic: Topic) -> Vec<u64> {
    let mut keys = Vec::new();
    hub.for_each(topic, |session, _| keys.push(session.key().0));
    keys
}

const MESSAGES: Topic = Topic::Channel(ChannelId(5), ChannelTopic::Messages);

#[test]
fn watchers_are_visited_in_the_order_in_which_they_came() {
    let hub = Hub::new();
    for key in [3, 1, 2] {
        hub.add(session(key, key), watching(MESSAGES));
    }
    assert_eq!(watchers(&hub, MESSAGES), [3, 1, 2]);
    assert!(watchers(&hub, Topic::Channel(ChannelId(6), ChannelTopic::Messages)).is_empty());
}

#[test]
fn a_session_that_watches_twice_is_visited_twice_and_removed_once_at_a_time() {
    let hub = Hub::new();
    let (session, first, second) = (session(1, 7), watching(MESSAGES), watching(MESSAGES));
    hub.add(session.clone(), first.clone());
    hub.add(session, second.clone());
    assert_eq!(watchers(&hub, MESSAGES), [1, 1]);
    hub.remove(&first);
    hub.remove(&first);
    assert_eq!(watchers(&hub, MESSAGES), [1]);
    hub.remove(&second);
    assert!(hub.watchers(MESSAGES) == 0 && hub.is_empty(), "nothing is left behind");
}

#[test]
fn a_user_is_removed_from_all_topics_of_one_channel_and_no_other() {
    let hub = Hub::new();
    let other_channel = Topic::Channel(ChannelId(6), ChannelTopic::Own);
    // The same number as the channel's.
    let call = Topic::Call(model::CallId(5), CallTopic::Own);
    let own = ChannelTopic::ALL.iter().map(|key| Topic::Channel(ChannelId(5), *key));
    for topic in own.clone().chain([other_channel, call]) {
        hub.add(session(1, 7), watching(topic));
        hub.add(session(2, 8), watching(topic));
    }
    let removed = hub.remove_user(ChannelId(5), UserId(7));
    assert_eq!(removed.len(), ChannelTopic::ALL.len());
    assert!(own.clone().all(|topic| watchers(&hub, topic) == [2]));
    assert_eq!((watchers(&hub, other_channel), watchers(&hub, call)), (vec![1, 2], vec![1, 2]));
}

#[test]
fn user_topics_are_none_of_its_business() {
    let hub = Hub::new();
    let topic = Topic::User(UserId(7), UserTopic::Calls);
    hub.add(session(1, 7), watching(topic));
    assert!(hub.is_empty());
}
