//! Rows for chats.
use super::*;
use model::{
    MessageId, NotificationId, ThreadId,
    block::{ChannelBlock, UserBlock},
    channel::Member,
    event::{ChannelChange, MessageCreated, ReadChange, SeatChange, Typing, TypingPlace},
    message::{Author, Content, Message, MessageView, Text},
    notification::{NotificationKind, Notified},
    receipt::ReadMessage,
};

/// Message of user 8 in channel 5, thread 4.
fn message(id: u64) -> MessageView {
    MessageView {
        message: Message {
            id: MessageId(id),
            app: APP,
            channel: ChannelId(5),
            thread: ThreadId(4),
            seq: id,
            author: Author::User(UserId(8)),
            content: Content::Text(Text { body: "hi".to_owned(), links: Vec::new(), mentions: Vec::new() }),
            group_tag: None,
            parent: None,
            nested_level: 0,
            properties: Properties::default(),
            created_time: Timestamp(0),
            last_edited_time: None,
            deleted_time: None,
        },
        author: Some(user(8)),
        mentions: Vec::new(),
        reactions: Vec::new(),
        replies_count: 0,
        report_count: 0,
    }
}

fn created() -> MessageCreated {
    let notified =
        Notified { id: NotificationId(1), user: UserId(9), kind: NotificationKind::Replied, muted: true };
    MessageCreated {
        message: message(11),
        channel: channel(),
        parent: Some(message(10)),
        notified: vec![notified],
        unhidden: vec![UserId(9)],
    }
}

fn member(id: u64, moderator: bool) -> Member {
    Member { channel: ChannelId(5), user: UserId(id), moderator, joined_time: Timestamp(0) }
}

#[test]
fn a_message_is_told_to_its_author_the_chat_and_the_thread_in_that_order() {
    check(
        &Event::MessageCreated(Box::new(created())),
        &[
            "actor messages: user.message.created Message 11",
            "/topic/v1/channels/5.messages: channel.message.created Message 11",
            "/topic/v1/threads/4.messages: thread.message.created Message 11",
            "/topic/v1/channels/5.messages: channel.message.updated Message 10",
            "users [9] channels: user.channel.unhidden Channel 5 for members, last 11",
        ],
    );
}

#[test]
fn a_notification_goes_to_its_recipient_and_carries_the_parent_of_a_reply() {
    let (created, recipient) = (created(), user(9));
    let route = notifications(&created, &created.notified[0], &recipient, Timestamp(0));
    let expected =
        "users [9] notifications: user.notification.created Notification 1 USER:REPLIED_TO:MESSAGE of 11";
    assert_eq!(tell(std::slice::from_ref(&route)), [expected]);
    let Resource::Notification(parts) = route.resource else { panic!("{route:?}") };
    assert_eq!((parts.muted, parts.parent.map(|parent| parent.message.id)), (true, Some(MessageId(10))));
}

#[test]
fn a_changed_channel_is_shown_to_each_as_they_may_see_it() {
    let change = ChannelChange {
        channel: channel(),
        last_message: Some(message(11)),
        members: vec![member(7, false), member(8, true), member(9, false)],
    };
    let expected = [
        "results [7, 8] channels: user.channel.updated Channel 5 for moderators, last 11",
        "results [9] channels: user.channel.updated Channel 5 for members, last 11",
        "actor channels: user.channel.updated Channel 5 for outsiders",
        "/topic/v1/channels/5.self among [7, 8]: channel.self.updated Channel 5 for moderators, last 11",
        "/topic/v1/channels/5.self not among [7, 8]: channel.self.updated Channel 5 for members, last 11",
    ];
    check(&Event::ChannelUpdated(Box::new(change.clone())), &expected);
    let added = Event::ModeratorAdded { change: Box::new(change), user: user(8) };
    let moderator = "/topic/v1/channels/5.moderators: channel.moderator.added User 8";
    check(&added, &[&expected[..], &[moderator]].concat());
}

#[test]
fn whoever_is_kept_out_learns_that_they_have_left() {
    let block = ChannelBlock { channel: ChannelId(5), user: user(9), created_time: Timestamp(0) };
    check(
        &Event::ChannelUserBlocked { channel: channel(), block, by: UserId(7), was_member: true },
        &[
            "actor channels: user.channel.block_record_created ChannelBlock 9",
            "users [9] channels: user.channel.left Channel 5 for outsiders",
            "users [9] channels: me.channel.left Channel 5 for outsiders",
            "/topic/v1/channels/5.members: channel.member.left User 9",
            "/topic/v1/channels/5.block_records: channel.block_record.created ChannelBlock 9",
        ],
    );
    check(
        &Event::ChannelMemberRemoved { channel: channel(), user: user(9), by: UserId(7) },
        &[
            "actor channels: user.channel.left Channel 5 for moderators",
            "users [9] channels: user.channel.left Channel 5 for outsiders",
            "users [9] channels: me.channel.left Channel 5 for outsiders",
            "/topic/v1/channels/5.members: channel.member.left User 9",
        ],
    );
}

#[test]
fn what_concerns_one_user_goes_to_that_user_only() {
    let block = UserBlock { user: user(9), created_time: Timestamp(0) };
    check(
        &Event::UserBlocked { blocker: UserId(7), block },
        &[
            "actor users: user.user.blocked User 9",
            "users [7] users: user.user_blocklist_item.created UserBlock 9",
        ],
    );
    check(
        &Event::ChannelSeatChanged {
            channel: channel(),
            last_message: None,
            member: member(9, false),
            change: SeatChange::Muted,
        },
        &["result 9 channels: user.channel.muted Channel 5 for members, last nothing"],
    );
    check(
        &Event::MessageHidden { message: Box::new(message(11)), user: UserId(9) },
        &["result 9 messages: user.message.deleted Message 11"],
    );
}

#[test]
fn each_read_message_is_told_in_the_chat_and_to_its_people() {
    let read = |id| ReadMessage { message: MessageId(id), author: Some(UserId(8)) };
    let change = ReadChange {
        channel: ChannelId(5),
        user: user(9),
        messages: vec![read(10), read(11)],
        audience: vec![UserId(8), UserId(9)],
    };
    check(
        &Event::MessagesRead(Box::new(change)),
        &[
            "/topic/v1/channels/5.read_receipts: message.read_receipt.created Receipt 10 of 9",
            "users [8, 9] read_receipts: message.read_receipt.created Receipt 10 of 9",
            "/topic/v1/channels/5.read_receipts: message.read_receipt.created Receipt 11 of 9",
            "users [8, 9] read_receipts: message.read_receipt.created Receipt 11 of 9",
        ],
    );
}

#[test]
fn typing_in_a_thread_is_told_on_the_threads_topics() {
    let typing = |main, audience: &[u64]| Typing {
        place: TypingPlace { channel: ChannelId(5), thread: ThreadId(4), main },
        user: user(8),
        audience: audience.iter().map(|id| UserId(*id)).collect(),
    };
    let rows = [
        (
            Notice::TypingStarted(typing(true, &[9])),
            vec![
                "/topic/v1/channels/5.typing: thread.typing.started User 8",
                "users [9] participants: participant.typing.started User 8",
            ],
        ),
        (
            Notice::TypingStopped(typing(false, &[])),
            vec!["/topic/v1/threads/4.typing: thread.typing.stopped User 8"],
        ),
    ];
    for (notice, expected) in rows {
        assert_eq!(tell(&of_notice(&notice)), expected);
    }
}
