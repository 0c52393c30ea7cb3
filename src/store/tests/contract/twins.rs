//! Two stores, the same random steps: every answer must be the same, refusals included.
use crate::support::*;
use domain::{
    Error,
    ports::{CallFilter, ChannelScope, NewChannel, Store, UserFilter},
    testing::MemoryStore,
};
use model::{
    AppId, CallId, ChannelId, Timestamp, UserId,
    call::{Call, CallState, EndReason, Outcome, Participant},
    channel::{ChannelKind, Member},
    user::{MediaSettings, User},
};
use proptest::{prelude::*, test_runner::Config};
use std::fmt::Debug;

/// What may happen. Small numbers stand for names and ids, so that steps meet; some ids belong to nobody.
#[derive(Clone, Debug)]
enum Step {
    EnsureUser {
        app: u64,
        name: u8,
    },
    UpdateUser {
        app: u64,
        user: u64,
        display_name: u8,
    },
    SaveSettings {
        app: u64,
        user: u64,
        audio: bool,
    },
    CreateChannel {
        app: u64,
        kind: usize,
        name: u8,
        creator: Option<u64>,
        members: Vec<u64>,
        time: i64,
    },
    Join {
        channel: u64,
        user: u64,
        events: u8,
    },
    Leave {
        channel: u64,
        user: u64,
        events: u8,
    },
    Record {
        app: u64,
        channel: Option<u64>,
        time: i64,
    },
    NextCall,
    SaveCall {
        app: u64,
        call: u64,
        channel: u64,
        state: usize,
        creator: u64,
        participants: Vec<(u64, usize)>,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (app, id, name) = (1..=2_u64, 1..=6_u64, 0..6_u8);
    let members = proptest::sample::subsequence(vec![1_u64, 2, 3, 4, 5], 0..4).prop_shuffle();
    let participants = proptest::collection::vec((id.clone(), 0..Outcome::ALL.len()), 0..4);
    prop_oneof![
        4 => (app.clone(), name.clone()).prop_map(|(app, name)| Step::EnsureUser { app, name }),
        2 => (app.clone(), id.clone(), name.clone())
            .prop_map(|(app, user, display_name)| Step::UpdateUser { app, user, display_name }),
        1 => (app.clone(), id.clone(), any::<bool>())
            .prop_map(|(app, user, audio)| Step::SaveSettings { app, user, audio }),
        4 => (app.clone(), 0..3_usize, name, proptest::option::of(id.clone()), members, 0..5_i64).prop_map(
            |(app, kind, name, creator, members, time)| Step::CreateChannel { app, kind, name, creator, members, time }
        ),
        2 => (id.clone(), id.clone(), 0..3_u8)
            .prop_map(|(channel, user, events)| Step::Join { channel, user, events }),
        2 => (id.clone(), id.clone(), 0..3_u8)
            .prop_map(|(channel, user, events)| Step::Leave { channel, user, events }),
        2 => (app.clone(), proptest::option::of(id.clone()), 0..9_i64)
            .prop_map(|(app, channel, time)| Step::Record { app, channel, time }),
        1 => Just(Step::NextCall),
        4 => (app, 1..=4_u64, id.clone(), 0..CallState::ALL.len(), id, participants).prop_map(
            |(app, call, channel, state, creator, participants)| {
                Step::SaveCall { app, call, channel, state, creator, participants }
            }
        ),
    ]
}

/// Does the step and says what came of it.
async fn take(store: &dyn Store, step: &Step) -> String {
    match step.clone() {
        Step::EnsureUser { app, name } => {
            show(store.ensure_user(new_user(AppId(app), NAMES[name as usize])).await)
        }
        Step::UpdateUser { app, user, display_name } => {
            let mut changed = somebody(app, user);
            changed.display_name = NAMES[display_name as usize].to_owned();
            show(store.update_user(&changed, vec![event(AppId(app), None, &changed)]).await)
        }
        Step::SaveSettings { app, user, audio } => {
            let settings = MediaSettings { audio_enabled: audio, ..MediaSettings::default() };
            show(store.save_media_settings(AppId(app), UserId(user), settings, vec![]).await)
        }
        Step::CreateChannel { app, kind, name, creator, members, time } => {
            let kind = [ChannelKind::Direct, ChannelKind::Public, ChannelKind::Private][kind];
            let new = NewChannel {
                creator: creator.map(UserId),
                members: members.into_iter().map(UserId).collect(),
                time: Timestamp(time),
                ..new_channel(AppId(app), kind, NAMES[name as usize], &[])
            };
            show(store.create_channel(new).await)
        }
        Step::Join { channel, user, events } => {
            let joining = Member {
                channel: ChannelId(channel),
                user: UserId(user),
                moderator: events == 2,
                joined_time: Timestamp(7),
            };
            show(store.add_member(joining, told(store, channel, events).await).await)
        }
        Step::Leave { channel, user, events } => {
            let told = told(store, channel, events).await;
            show(store.remove_member(ChannelId(channel), UserId(user), told).await)
        }
        Step::Record { app, channel, time } => {
            let mut new = event(AppId(app), channel.map(ChannelId), &somebody(app, 1));
            new.time = Timestamp(time);
            show(store.record(vec![new.clone(), new]).await)
        }
        Step::NextCall => show(store.next_call_id().await),
        Step::SaveCall { app, call, channel, state, creator, participants } => {
            let state = CallState::ALL[state];
            let mut channel = new_stand_in(app, channel);
            channel.app = AppId(app);
            let call = ringing_call(CallId(call), &channel, &somebody(app, creator));
            let call =
                Call { state, end_reason: (state == CallState::Ended).then_some(EndReason::Busy), ..call };
            let participants: Vec<_> = participants
                .into_iter()
                .map(|(user, outcome)| Participant {
                    outcome: Outcome::ALL[outcome],
                    ..invited(UserId(user))
                })
                .collect();
            show(store.save_call(&call, &participants, vec![]).await)
        }
    }
}

const NAMES: [&str; 6] = ["ann", "Ann", "a_n", "zoë", "Z%", "bob\\"];

fn show<T: Debug>(result: Result<T, Error>) -> String {
    format!("{result:?}")
}

fn somebody(app: u64, id: u64) -> User {
    User {
        id: UserId(id),
        app: AppId(app),
        name: "somebody".to_owned(),
        display_name: "Somebody".to_owned(),
        display_picture_url: None,
        is_guest: true,
        presence_status: "AVAILABLE".to_owned(),
        properties: model::Properties::default(),
        created_time: NOON,
    }
}

/// The id of a channel, as far as a call needs it.
fn new_stand_in(app: u64, id: u64) -> model::channel::Channel {
    model::channel::Channel {
        id: ChannelId(id),
        app: AppId(app),
        kind: ChannelKind::Public,
        name: String::new(),
        display_name: String::new(),
        creator: None,
        properties: model::Properties::default(),
        created_time: NOON,
        last_seq: 0,
    }
}

/// Events for a channel that may not exist: then none.
async fn told(store: &dyn Store, channel: u64, events: u8) -> Vec<domain::ports::NewEvent> {
    for app in [AppId(1), AppId(2)] {
        if store.channel(app, ChannelId(channel)).await.unwrap().is_some() {
            return (0..events).map(|_| event(app, Some(ChannelId(channel)), &somebody(app.0, 1))).collect();
        }
    }
    vec![]
}

/// Everything that can be asked, answered.
async fn look(store: &dyn Store) -> Vec<String> {
    let mut seen = vec![show(store.open_calls().await)];
    for app in [AppId(1), AppId(2)] {
        let filters = [
            UserFilter::default(),
            UserFilter {
                name_prefix: Some("a".to_owned()),
                except: Some(UserId(1)),
                ..UserFilter::default()
            },
            UserFilter {
                display_name_part: Some("N".to_owned()),
                not_among: vec![UserId(2)],
                ..UserFilter::default()
            },
            UserFilter { among: Some(vec![UserId(3), UserId(1)]), ..UserFilter::default() },
        ];
        for filter in filters {
            seen.push(show(store.list_users(app, &filter, page(0, 3)).await));
            seen.push(show(store.list_users(app, &filter, page(1, 3)).await));
        }
        for id in 1..=6 {
            seen.push(show(store.user(app, UserId(id)).await));
            seen.push(show(store.media_settings(app, UserId(id)).await));
            seen.push(show(store.channel(app, ChannelId(id)).await));
            seen.push(show(store.list_members(app, ChannelId(id), None, page(0, 3)).await));
            seen.push(show(store.call(app, CallId(id)).await));
            for scope in [ChannelScope::Visible, ChannelScope::Joined, ChannelScope::Joinable] {
                for part in [None, Some("A"), Some("%")] {
                    seen.push(show(store.list_channels(app, UserId(id), scope, part, page(0, 4)).await));
                }
            }
        }
    }
    for id in 1..=6 {
        seen.push(show(store.members(ChannelId(id), 3).await));
        for active_only in [false, true] {
            seen.push(show(store.list_calls(ChannelId(id), CallFilter { active_only }, page(0, 2)).await));
        }
    }
    seen
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn memory_and_sqlite_agree_on_every_answer(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let files = tempfile::tempdir().unwrap();
            let (memory, sqlite) = (MemoryStore::new(), open(&files.path().join("whisker.db")));
            for name in ["one", "two"] {
                assert_eq!(app(&memory, name).await, app(&sqlite, name).await);
            }
            for step in &steps {
                assert_eq!(take(&memory, step).await, take(&sqlite, step).await, "{step:?}");
            }
            assert_eq!(look(&memory).await, look(&sqlite).await);
            sqlite.close().await;
        });
    }
}
