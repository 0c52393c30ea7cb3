//! Channels and their members.
use super::{Audience, Route, route};
use crate::rendering::Resource;
use model::{
    UserId,
    block::ChannelBlock,
    channel::{ChannelView, Member},
    event::{ChannelChange, SeatChange},
    message::MessageView,
    user::UserView,
};
use wire::{
    destination::{ChannelTopic, Topic, UserTopic},
    event::EventType,
    resource::Seat,
};

pub(super) fn channel_created<'a>(channel: &'a ChannelView, joined: &[UserId]) -> Vec<Route<'a>> {
    let seen_by = |user| Resource::Channel(channel, Seat::of_member(channel, user, false));
    let (creator, others): (Vec<_>, Vec<_>) =
        joined.iter().copied().partition(|user| channel.channel.creator == Some(*user));
    let result = channel.channel.creator.map(|creator| {
        let audience = Audience::Result(creator, UserTopic::Channels);
        route(audience, EventType::UserChannelCreated, seen_by(creator))
    });
    // Two groups, because the creator's seat shows more.
    let joined = [creator, others].into_iter().filter_map(|group| {
        let seen = seen_by(*group.first()?);
        Some(route(Audience::Users(group, UserTopic::Channels), EventType::UserChannelJoined, seen))
    });
    result.into_iter().chain(joined).collect()
}

pub(super) fn channel_joined<'a>(
    channel: &'a ChannelView,
    user: &'a UserView,
    invited_by: Option<UserId>,
) -> Vec<Route<'a>> {
    let id = user.user.id;
    let seen = Resource::Channel(channel, Seat::of_member(channel, id, false));
    let mut routes = match invited_by {
        None => {
            vec![route(Audience::Result(id, UserTopic::Channels), EventType::UserChannelJoined, seen)]
        }
        Some(_) => vec![
            route(Audience::Actor(UserTopic::Users), EventType::UserUserInvited, Resource::User(user)),
            route(Audience::Users(vec![id], UserTopic::Channels), EventType::UserChannelJoined, seen),
        ],
    };
    routes.push(member_route(channel, user, EventType::ChannelMemberJoined));
    routes
}

pub(super) fn channel_left<'a>(channel: &'a ChannelView, user: &'a UserView) -> Vec<Route<'a>> {
    let id = user.user.id;
    let seen = Resource::Channel(channel, Seat::NONE);
    vec![
        route(Audience::Result(id, UserTopic::Channels), EventType::UserChannelLeft, seen),
        route(Audience::Users(vec![id], UserTopic::Channels), EventType::MeChannelLeft, seen),
        member_route(channel, user, EventType::ChannelMemberLeft),
    ]
}

fn member_route<'a>(channel: &ChannelView, user: &'a UserView, event_type: EventType) -> Route<'a> {
    let topic = Topic::Channel(channel.channel.id, ChannelTopic::Members);
    route(Audience::Watchers(topic, None), event_type, Resource::User(user))
}

/// A moderator removed somebody: the result is theirs, the rest is as if the member had left.
pub(super) fn member_removed<'a>(channel: &'a ChannelView, user: &'a UserView, by: UserId) -> Vec<Route<'a>> {
    let seen = Resource::Channel(channel, Seat::of_member(channel, by, true));
    let result = route(Audience::Actor(UserTopic::Channels), EventType::UserChannelLeft, seen);
    [result].into_iter().chain(gone(channel, user, Seat::NONE)).collect()
}

/// Somebody is no longer a member, and not by themselves.
fn gone<'a>(channel: &'a ChannelView, user: &'a UserView, seat: Seat) -> [Route<'a>; 3] {
    let (id, seen) = (user.user.id, Resource::Channel(channel, seat));
    [
        route(Audience::Users(vec![id], UserTopic::Channels), EventType::UserChannelLeft, seen),
        route(Audience::Users(vec![id], UserTopic::Channels), EventType::MeChannelLeft, seen),
        member_route(channel, user, EventType::ChannelMemberLeft),
    ]
}

/// Members in two groups, because moderators see more: who, and how they see the channel.
fn groups(change: &ChannelChange) -> [(Vec<UserId>, Seat); 2] {
    let is_moderator =
        |member: &&Member| Seat::of_member(&change.channel, member.user, member.moderator).moderator;
    let (moderators, others): (Vec<&Member>, Vec<&Member>) = change.members.iter().partition(is_moderator);
    let ids = |members: Vec<&Member>| members.into_iter().map(|member| member.user).collect();
    let seat = |moderator| Seat { member: true, moderator, ..Seat::NONE };
    [(ids(moderators), seat(true)), (ids(others), seat(false))]
}

/// To every member on their own topic; to whoever acted without being one, as the result.
fn to_members(change: &ChannelChange, event_type: EventType) -> Vec<Route<'_>> {
    let last = change.last_message.as_ref();
    let groups = groups(change).into_iter().filter(|(users, _)| !users.is_empty());
    let members = groups.map(|(users, seat)| {
        let seen = Resource::SeenChannel(&change.channel, seat, last);
        route(Audience::Results(users, UserTopic::Channels), event_type, seen)
    });
    let seen = Resource::Channel(&change.channel, Seat::NONE);
    members.chain([route(Audience::Actor(UserTopic::Channels), event_type, seen)]).collect()
}

/// To everybody in the chat.
fn to_chat(change: &ChannelChange, event_type: EventType) -> [Route<'_>; 2] {
    let topic = Topic::Channel(change.channel.channel.id, ChannelTopic::Own);
    let [(mut moderators, full), (_, plain)] = groups(change);
    moderators.sort_unstable();
    let seen = |seat| Resource::SeenChannel(&change.channel, seat, change.last_message.as_ref());
    [
        route(Audience::WatchersAmong(topic, moderators.clone(), true), event_type, seen(full)),
        route(Audience::WatchersAmong(topic, moderators, false), event_type, seen(plain)),
    ]
}

pub(super) fn channel_updated<'a>(
    change: &'a ChannelChange,
    moderator: Option<(EventType, &'a UserView)>,
) -> Vec<Route<'a>> {
    let moderator = moderator.map(|(event_type, user)| {
        let topic = Topic::Channel(change.channel.channel.id, ChannelTopic::Moderators);
        route(Audience::Watchers(topic, None), event_type, Resource::User(user))
    });
    let members = to_members(change, EventType::UserChannelUpdated);
    members.into_iter().chain(to_chat(change, EventType::ChannelSelfUpdated)).chain(moderator).collect()
}

pub(super) fn channel_deleted(change: &ChannelChange) -> Vec<Route<'_>> {
    let members = to_members(change, EventType::UserChannelDeleted);
    members.into_iter().chain(to_chat(change, EventType::ChannelSelfDeleted)).collect()
}

pub(super) fn channel_user_blocked<'a>(
    channel: &'a ChannelView,
    block: &'a ChannelBlock,
    was_member: bool,
) -> Vec<Route<'a>> {
    let result = route(
        Audience::Actor(UserTopic::Channels),
        EventType::UserChannelBlockRecordCreated,
        Resource::ChannelBlock(block),
    );
    let gone = was_member.then(|| gone(channel, &block.user, Seat::BARRED)).into_iter().flatten();
    let told = block_route(channel, block, EventType::ChannelBlockRecordCreated);
    [result].into_iter().chain(gone).chain([told]).collect()
}

pub(super) fn channel_user_unblocked<'a>(
    channel: &'a ChannelView,
    block: &'a ChannelBlock,
) -> Vec<Route<'a>> {
    vec![
        route(
            Audience::Actor(UserTopic::Channels),
            EventType::UserChannelBlockRecordDeleted,
            Resource::ChannelBlock(block),
        ),
        block_route(channel, block, EventType::ChannelBlockRecordDeleted),
    ]
}

fn block_route<'a>(channel: &ChannelView, block: &'a ChannelBlock, event_type: EventType) -> Route<'a> {
    let topic = Topic::Channel(channel.channel.id, ChannelTopic::BlockRecords);
    route(Audience::Watchers(topic, None), event_type, Resource::ChannelBlock(block))
}

/// Only the member learns it.
pub(super) fn seat_changed<'a>(
    channel: &'a ChannelView,
    last_message: Option<&'a MessageView>,
    member: &Member,
    change: SeatChange,
) -> Vec<Route<'a>> {
    let event_type = match change {
        SeatChange::Muted => EventType::UserChannelMuted,
        SeatChange::Unmuted => EventType::UserChannelUnmuted,
        SeatChange::Hidden => EventType::UserChannelHidden,
        SeatChange::Unhidden => EventType::UserChannelUnhidden,
        SeatChange::HistoryCleared => EventType::UserChannelHistoryCleared,
    };
    let seat = Seat::of_member(channel, member.user, member.moderator);
    let audience = Audience::Result(member.user, UserTopic::Channels);
    vec![route(audience, event_type, Resource::SeenChannel(channel, seat, last_message))]
}
