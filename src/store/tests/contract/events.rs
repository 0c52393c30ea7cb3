use crate::support::*;
use model::{AppId, ChannelId, channel::ChannelKind};
use std::{collections::BTreeMap, sync::Arc};

suite!(
    events_of_a_channel_are_numbered_from_one_without_gaps,
    events_come_back_as_they_were_given,
    a_refused_event_undoes_its_whole_write_and_takes_no_number,
    numbers_stay_gap_free_under_simultaneous_writers,
);

async fn events_of_a_channel_are_numbered_from_one_without_gaps(world: World) {
    let ann = world.user("ann").await;
    let cats = world.channel(ChannelKind::Public, "cats", &[&ann]).await;
    let dogs = world.channel(ChannelKind::Public, "dogs", &[&ann]).await;
    let told =
        [Some(cats.id), Some(dogs.id), None, Some(cats.id)].map(|channel| event(world.app.id, channel, &ann));
    let write = world.store.record(told.to_vec()).await.unwrap();
    let places: Vec<_> = write.events.iter().map(|event| event.place).collect();
    assert_eq!(places, [Some((cats.id, 1)), Some((dogs.id, 1)), None, Some((cats.id, 2))]);
    let write = world.store.record(told[..1].to_vec()).await.unwrap();
    assert_eq!(write.events[0].place, Some((cats.id, 3)));
    assert_eq!((world.last_seq(cats.id).await, world.last_seq(dogs.id).await), (3, 1));
    assert_eq!(world.store.record(vec![]).await.unwrap().events, []);
}

async fn events_come_back_as_they_were_given(world: World) {
    let ann = world.user("ann").await;
    let cats = world.channel(ChannelKind::Public, "cats", &[&ann]).await;
    let new = event(world.app.id, Some(cats.id), &ann);
    let write = world.store.record(vec![new.clone()]).await.unwrap();
    let event = &write.events[0];
    assert_eq!((event.app, event.time, &event.event), (new.app, new.time, &new.event));
}

async fn a_refused_event_undoes_its_whole_write_and_takes_no_number(world: World) {
    let ann = world.user("ann").await;
    let cats = world.channel(ChannelKind::Public, "cats", &[&ann]).await;
    let good = event(world.app.id, Some(cats.id), &ann);
    let bad = [
        (event(world.app.id, Some(ChannelId(999)), &ann), "channel"),
        (event(world.other.id, Some(cats.id), &ann), "channel"),
        (event(AppId(999), None, &ann), "application"),
    ];
    for (bad, what) in bad {
        let mut changed = ann.clone();
        changed.display_name = "changed".to_owned();
        assert_not_found(world.store.update_user(&changed, vec![good.clone(), bad]).await, what);
        assert_eq!(world.store.user(world.app.id, ann.id).await.unwrap().as_ref(), Some(&ann));
        assert_eq!(world.last_seq(cats.id).await, 0);
    }
    let write = world.store.record(vec![good]).await.unwrap();
    assert_eq!(write.events[0].place, Some((cats.id, 1)));
}

async fn numbers_stay_gap_free_under_simultaneous_writers(world: World) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 25;
    let ann = world.user("ann").await;
    let channels = [
        world.channel(ChannelKind::Public, "cats", &[&ann]).await.id,
        world.channel(ChannelKind::Public, "dogs", &[&ann]).await.id,
    ];
    let world = Arc::new(world);
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (world, ann) = (Arc::clone(&world), ann.clone());
            tokio::spawn(async move {
                let mut places = Vec::new();
                for i in 0..EACH {
                    let mut new = vec![event(world.app.id, Some(channels[(i % 2) as usize]), &ann)];
                    if i % 5 == 0 {
                        // A write that fails between the others must not take a number.
                        new.push(event(world.app.id, Some(ChannelId(999)), &ann));
                        world.store.record(new.clone()).await.unwrap_err();
                        new.pop();
                    }
                    places.extend(
                        world.store.record(new).await.unwrap().events.iter().map(|event| event.place),
                    );
                }
                places
            })
        })
        .collect();
    let mut seqs: BTreeMap<ChannelId, Vec<u64>> = BTreeMap::new();
    for writer in writers {
        let places = writer.await.unwrap();
        let numbers: Vec<_> =
            places.iter().flatten().filter(|(id, _)| *id == channels[0]).map(|(_, seq)| *seq).collect();
        assert!(numbers.is_sorted(), "one writer's events are in its order: {numbers:?}");
        places.into_iter().flatten().for_each(|(id, seq)| seqs.entry(id).or_default().push(seq));
    }
    let total: usize = seqs.values().map(Vec::len).sum();
    assert_eq!(total as u64, WRITERS * EACH);
    for (channel, mut seqs) in seqs {
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        assert_eq!(world.last_seq(channel).await, seqs.len() as u64);
    }
}
