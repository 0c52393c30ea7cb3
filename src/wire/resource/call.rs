//! Call, CallSignal, UserMediaSettings (protocol 4.9), and what ours adds for calls through the SFU.
use super::{Links, Renderer, Text, User, properties, time};
use crate::destination::{Action, CallTopic, Relay, Topic};
use model::{
    CallId, Timestamp,
    call::{CallView, Participant, SignalKind},
    event::{ReceivedTrack, SignalPayload, WantedSections},
    user::{MediaSettings, UserView},
};
use serde::Serialize;
use serde_json::value::RawValue;

/// A call; the same for every viewer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call<'a> {
    id: u64,
    channel_id: u64,
    r#type: &'static str,
    creator: User<'a>,
    state: &'static str,
    p2p: bool,
    properties: &'a RawValue,
    created_time: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<&'static str>,
    participants: Vec<ParticipantBody>,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 2>,
    #[serde(rename = "_topics")]
    topics: Links<Topic, 5>,
    #[serde(rename = "_actions")]
    actions: Links<Action, 4>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParticipantBody {
    user_id: u64,
    outcome: &'static str,
    invited_time: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_time: Option<Text<Timestamp>>,
}

/// A signal from `peer`'s side, from the receiver's point of view; without `peer` it comes from the SFU.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallSignal<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload<'a>>,
    created_time: Text<Timestamp>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Payload<'a> {
    Json(&'a RawValue),
    Description { r#type: &'static str, sdp: &'a str },
}

/// What a user sends in calls.
#[derive(Serialize)]
pub struct UserMediaSettings<'a> {
    user: User<'a>,
    audio: Audio,
    video: Video,
}

#[derive(Serialize)]
struct Audio {
    enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Video {
    enabled: bool,
    minimum_width: u32,
    minimum_height: u32,
    minimum_frame_rate: u32,
}

/// Which of the receiver's own media sections carries whose track.
#[derive(Serialize)]
pub struct CallMedia<'a> {
    version: u64,
    tracks: Vec<Track<'a>>,
    wanted: Wanted,
}

#[derive(Serialize)]
struct Track<'a> {
    mid: &'a str,
    source: &'static str,
    user: User<'a>,
    session: u64,
}

#[derive(Serialize)]
struct Wanted {
    audio: u32,
    video: u32,
}

impl Renderer {
    /// A call.
    pub fn call<'a>(&'a self, view: &'a CallView) -> Call<'a> {
        let call = &view.call;
        Call {
            id: call.id.0,
            channel_id: call.channel.0,
            r#type: call.kind.as_str(),
            creator: self.user(&view.creator),
            state: call.state.as_str(),
            p2p: call.p2p,
            properties: properties(&call.properties),
            created_time: time(call.created_time),
            active_time: call.active_time.map(time),
            end_time: call.end_time.map(time),
            end_reason: call.end_reason.map(|reason| reason.as_str()),
            participants: view.participants.iter().map(participant).collect(),
            relays: relays(call.id),
            topics: topics(call.id),
            actions: actions(call.id),
        }
    }

    /// A signal. JSON in its payload was parsed when it came in.
    pub fn call_signal<'a>(
        &'a self,
        kind: SignalKind,
        peer: Option<&'a UserView>,
        payload: Option<&'a SignalPayload>,
        created: Timestamp,
    ) -> CallSignal<'a> {
        CallSignal {
            r#type: kind.as_str(),
            peer: peer.map(|peer| self.user(peer)),
            payload: payload.and_then(signal_payload),
            created_time: time(created),
        }
    }

    /// Media settings of a user.
    pub fn user_media_settings<'a>(
        &'a self,
        user: &'a UserView,
        settings: &MediaSettings,
    ) -> UserMediaSettings<'a> {
        UserMediaSettings {
            user: self.user(user),
            audio: Audio { enabled: settings.audio_enabled },
            video: Video {
                enabled: settings.video_enabled,
                minimum_width: settings.minimum_width,
                minimum_height: settings.minimum_height,
                minimum_frame_rate: settings.minimum_frame_rate,
            },
        }
    }

    /// The snapshot of received tracks of one session.
    pub fn call_media<'a>(
        &'a self,
        version: u64,
        tracks: &'a [ReceivedTrack],
        wanted: WantedSections,
    ) -> CallMedia<'a> {
        let track = |track: &'a ReceivedTrack| Track {
            mid: &track.mid,
            source: track.source.as_str(),
            user: self.user(&track.user),
            session: track.session.0,
        };
        CallMedia {
            version,
            tracks: tracks.iter().map(track).collect(),
            wanted: Wanted { audio: wanted.audio, video: wanted.video },
        }
    }
}

fn signal_payload(payload: &SignalPayload) -> Option<Payload<'_>> {
    match payload {
        SignalPayload::Json(json) => serde_json::from_str(json).ok().map(Payload::Json),
        SignalPayload::Answer(sdp) => Some(Payload::Description { r#type: "answer", sdp }),
    }
}

fn participant(participant: &Participant) -> ParticipantBody {
    ParticipantBody {
        user_id: participant.user.0,
        outcome: participant.outcome.as_str(),
        invited_time: time(participant.invited_time),
        joined_time: participant.joined_time.map(time),
        left_time: participant.left_time.map(time),
    }
}

fn relays(id: CallId) -> Links<Relay, 2> {
    Links([("self", Some(Relay::Call(id))), ("participants", Some(Relay::CallParticipants(id)))])
}

fn topics(id: CallId) -> Links<Topic, 5> {
    let topic = |key| Some(Topic::Call(id, key));
    Links([
        ("self", topic(CallTopic::Own)),
        ("participants", topic(CallTopic::Participants)),
        ("signals", topic(CallTopic::Signals)),
        ("userMediaSettings", topic(CallTopic::UserMediaSettings)),
        ("media", topic(CallTopic::Media)),
    ])
}

fn actions(id: CallId) -> Links<Action, 4> {
    Links([
        ("ready", Some(Action::Ready(id))),
        ("signal", Some(Action::Signal(id))),
        ("decline", Some(Action::Decline(id))),
        ("reject", Some(Action::Reject(id))),
    ])
}
