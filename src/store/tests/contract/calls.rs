//! Calls: rows, outcomes and how they are listed.
use crate::support::*;
use domain::ports::CallFilter;
use model::{
    CallId, ChannelId, Timestamp, UserId,
    call::{Call, CallKind, CallState, EndReason, Outcome, Participant},
    channel::{Channel, ChannelKind},
    user::User,
};

suite!(
    call_ids_are_never_given_out_twice,
    a_call_comes_back_as_it_was_saved,
    saving_again_replaces_the_call_and_its_participants,
    every_word_of_a_call_survives_the_store,
    a_channel_has_at_most_one_call_that_has_not_ended,
    of_calls_that_start_at_once_in_a_channel_one_wins,
    a_call_of_another_application_is_absent,
    a_call_needs_its_channel_and_its_people,
    calls_are_listed_newest_first_and_by_activity,
    pages_of_calls_are_disjoint_and_complete,
    open_calls_are_those_that_have_not_ended,
);

async fn stage(world: &World) -> (Channel, User, User) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    (world.channel(ChannelKind::Direct, "both", &[&ann, &bob]).await, ann, bob)
}

async fn save(world: &World, call: &Call, participants: &[Participant]) {
    let _ = world.store.save_call(call, participants, vec![]).await.unwrap();
}

async fn call_ids_are_never_given_out_twice(world: World) {
    let all = futures_util::future::try_join_all((0..50).map(|_| world.store.next_call_id())).await.unwrap();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), all.len());
    assert!(all.iter().all(|id| id.0 > 0));
}

async fn a_call_comes_back_as_it_was_saved(world: World) {
    let (channel, ann, bob) = stage(&world).await;
    let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    let participants = [invited(ann.id), invited(bob.id)];
    let told = event(world.app.id, Some(channel.id), &ann);
    let write = world.store.save_call(&call, &participants, vec![told]).await.unwrap();
    assert_eq!(write.events[0].place, Some((channel.id, 1)));
    let found = world.store.call(world.app.id, call.id).await.unwrap();
    assert_eq!(found, Some((call, participants.to_vec())));
}

async fn saving_again_replaces_the_call_and_its_participants(world: World) {
    let (channel, ann, bob) = stage(&world).await;
    let carl = world.user("carl").await;
    let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    save(&world, &call, &[invited(ann.id), invited(bob.id)]).await;
    let active = Call { state: CallState::Active, active_time: Some(Timestamp(NOON.0 + 7)), ..call };
    let joined = Participant {
        outcome: Outcome::Accepted,
        joined_time: Some(Timestamp(NOON.0 + 7)),
        ..invited(bob.id)
    };
    let left = Participant { left_time: Some(Timestamp(NOON.0 + 9)), outcome: Outcome::Left, ..joined };
    let later = Some(Timestamp(NOON.0 + 11));
    for participants in [
        vec![invited(ann.id), joined, invited(carl.id)],
        vec![invited(carl.id), left, invited(ann.id)],
        vec![left],
        // One field at a time.
        vec![Participant { left_time: None, ..left }],
        vec![Participant { left_time: later, ..left }],
        vec![Participant { joined_time: None, ..left }],
        vec![Participant { joined_time: later, ..left }],
        vec![Participant { invited_time: Timestamp(NOON.0 + 1), ..left }],
        vec![Participant { user: carl.id, ..left }],
        vec![Participant { outcome: Outcome::Failed, ..left }],
        vec![],
        vec![joined],
    ] {
        save(&world, &active, &participants).await;
        let found = world.store.call(world.app.id, active.id).await.unwrap();
        assert_eq!(found, Some((active.clone(), participants)));
    }
}

async fn every_word_of_a_call_survives_the_store(world: World) {
    let (channel, ann, bob) = stage(&world).await;
    for (i, reason) in EndReason::ALL.iter().enumerate() {
        let kind = CallKind::ALL[i % CallKind::ALL.len()];
        let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
        let call = Call { kind, p2p: i % 2 == 0, ..ended(&call, *reason) };
        let participants: Vec<_> =
            Outcome::ALL.iter().map(|outcome| Participant { outcome: *outcome, ..invited(bob.id) }).collect();
        save(&world, &call, &participants).await;
        assert_eq!(world.store.call(world.app.id, call.id).await.unwrap(), Some((call, participants)));
    }
}

async fn a_channel_has_at_most_one_call_that_has_not_ended(world: World) {
    let (channel, ann, _) = stage(&world).await;
    let first = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    let second = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    save(&world, &first, &[]).await;
    for state in [CallState::Pending, CallState::Active] {
        let told = event(world.app.id, Some(channel.id), &ann);
        let clash = Call { state, ..second.clone() };
        assert_conflict(world.store.save_call(&clash, &[invited(ann.id)], vec![told]).await);
    }
    assert_eq!(world.store.call(world.app.id, second.id).await.unwrap(), None);
    assert_eq!(world.last_seq(channel.id).await, 0);

    // Ended calls do not clash, other channels do not clash, and once the first has ended there is room.
    save(&world, &ended(&second, EndReason::Failed), &[]).await;
    let elsewhere = world.channel(ChannelKind::Private, "elsewhere", &[&ann]).await;
    save(&world, &ringing_call(world.store.next_call_id().await.unwrap(), &elsewhere, &ann), &[]).await;
    save(&world, &ended(&first, EndReason::Missed), &[]).await;
    save(&world, &ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann), &[]).await;
    assert_conflict(world.store.save_call(&first, &[], vec![]).await);
}

async fn of_calls_that_start_at_once_in_a_channel_one_wins(world: World) {
    let (channel, ann, _) = stage(&world).await;
    let calls: Vec<_> = (1..=8).map(|id| ringing_call(CallId(id), &channel, &ann)).collect();
    let results = calls.iter().map(|call| world.store.save_call(call, &[], vec![]));
    let results = futures_util::future::join_all(results).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
    assert_eq!(world.store.open_calls().await.unwrap().len(), 1);
}

async fn a_call_of_another_application_is_absent(world: World) {
    let (channel, ann, _) = stage(&world).await;
    let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    save(&world, &call, &[]).await;
    for (app, id) in
        [(world.other.id, call.id), (world.app.id, CallId(999)), (world.app.id, CallId(u64::MAX))]
    {
        assert_eq!(world.store.call(app, id).await.unwrap(), None);
    }
}

async fn a_call_needs_its_channel_and_its_people(world: World) {
    let (channel, ann, _) = stage(&world).await;
    let stranger = world.stranger().await;
    let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    let save = async |call: &Call, participants: &[Participant]| {
        world.store.save_call(call, participants, vec![]).await
    };
    assert_not_found(save(&Call { channel: ChannelId(999), ..call.clone() }, &[]).await, "channel");
    assert_not_found(save(&Call { app: world.other.id, ..call.clone() }, &[]).await, "channel");
    assert_not_found(save(&Call { creator: stranger.id, ..call.clone() }, &[]).await, "user");
    assert_not_found(save(&call, &[invited(ann.id), invited(stranger.id)]).await, "user");
    assert_not_found(save(&call, &[invited(UserId(999))]).await, "user");
    assert_eq!(world.store.call(world.app.id, call.id).await.unwrap(), None);
}

async fn calls_are_listed_newest_first_and_by_activity(world: World) {
    let (channel, ann, bob) = stage(&world).await;
    let mut expected = Vec::new();
    for reason in [Some(EndReason::Missed), Some(EndReason::Completed), None] {
        let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
        let call = reason.map_or(call.clone(), |reason| ended(&call, reason));
        save(&world, &call, &[invited(bob.id)]).await;
        expected.insert(0, (call, vec![invited(bob.id)]));
    }
    let elsewhere = world.channel(ChannelKind::Private, "elsewhere", &[&ann]).await;
    save(&world, &ringing_call(world.store.next_call_id().await.unwrap(), &elsewhere, &ann), &[]).await;

    let list = async |active_only| {
        world.store.list_calls(channel.id, CallFilter { active_only }, everything()).await.unwrap()
    };
    assert_eq!(list(false).await.items, expected);
    assert_eq!((list(true).await.items, list(true).await.total), (expected[..1].to_vec(), 1));
    let nowhere = world.store.list_calls(ChannelId(999), CallFilter::default(), everything()).await.unwrap();
    assert_eq!((nowhere.items, nowhere.total), (vec![], 0));
}

async fn pages_of_calls_are_disjoint_and_complete(world: World) {
    let (channel, ann, _) = stage(&world).await;
    for _ in 0..5 {
        let call = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
        save(&world, &ended(&call, EndReason::Missed), &[]).await;
    }
    let mut seen = Vec::new();
    for (number, size) in [(0, 2), (1, 2), (2, 1), (3, 0)] {
        let list = world.store.list_calls(channel.id, CallFilter::default(), page(number, 2)).await.unwrap();
        assert_eq!((list.items.len(), list.total), (size, 5));
        seen.extend(list.items.into_iter().map(|(call, _)| call.id.0));
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

async fn open_calls_are_those_that_have_not_ended(world: World) {
    let (channel, ann, bob) = stage(&world).await;
    let elsewhere = world.channel(ChannelKind::Private, "elsewhere", &[&ann]).await;
    assert_eq!(world.store.open_calls().await.unwrap(), []);
    let first = ringing_call(world.store.next_call_id().await.unwrap(), &channel, &ann);
    let second = ringing_call(world.store.next_call_id().await.unwrap(), &elsewhere, &ann);
    let second = Call { state: CallState::Active, ..second };
    save(&world, &second, &[]).await;
    save(&world, &first, &[invited(bob.id)]).await;
    let expected = [(first.clone(), vec![invited(bob.id)]), (second.clone(), vec![])];
    assert_eq!(world.store.open_calls().await.unwrap(), expected);
    save(&world, &ended(&first, EndReason::Failed), &[]).await;
    assert_eq!(world.store.open_calls().await.unwrap(), [(second, vec![])]);
}
