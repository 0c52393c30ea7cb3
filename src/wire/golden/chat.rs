//! Resources and events of chats.
use super::*;
use crate::resource::{CursorPageResource, NotificationParts};
use model::{
    MessageId, NotificationId,
    block::{ChannelBlock, UserBlock},
    event::TypingPlace,
    message::{
        Author, Content, File, FileKind, Link, Mention, MentionTarget, MentionView, Message, MessageReport,
        MessageView, Named, Preview, Text,
    },
    notification::NotificationKind,
    page::{Cursor, CursorPage, CursorRequest},
    reaction::{Emoji, Reaction, ReactionSummary},
    receipt::ReadReceipt,
    thread::{Thread, ThreadKind},
};

fn message(content: Content, author: Author) -> MessageView {
    MessageView {
        message: Message {
            id: MessageId(11),
            app: AppId(1),
            channel: ChannelId(5),
            thread: ThreadId(4),
            seq: 3,
            author,
            content,
            group_tag: None,
            parent: None,
            nested_level: 0,
            properties: Properties::default(),
            created_time: NOON,
            last_edited_time: None,
            deleted_time: None,
        },
        author: author.user().map(|id| user(id.0, "bob")),
        mentions: Vec::new(),
        reactions: Vec::new(),
        replies_count: 0,
        report_count: 0,
    }
}

fn words(body: &str) -> Content {
    Content::Text(Text { body: body.to_owned(), links: Vec::new(), mentions: Vec::new() })
}

/// Everything that a text can have.
fn rich() -> MessageView {
    let mention = |tag: &str, start, end, target| Mention { tag: tag.to_owned(), start, end, target };
    let to_ann = mention("<@ann>", 0, 6, MentionTarget::User(UserId(7)));
    let to_ops = mention("<#ops>", 7, 13, MentionTarget::Channel(ChannelId(5)));
    let preview = Preview {
        url: "https://example.org/".to_owned(),
        title: "Example".to_owned(),
        image: "https://example.org/cat.png".to_owned(),
        description: Some("A cat".to_owned()),
        site_name: Some("Example site".to_owned()),
    };
    let link = Link { source: "example.org".to_owned(), start: 14, end: 25, preview: Some(preview) };
    let content = Content::Text(Text {
        body: "<@ann> <#ops> example.org".to_owned(),
        links: vec![link],
        mentions: vec![to_ann.clone(), to_ops.clone()],
    });
    let mut view = message(content, Author::User(UserId(8)));
    view.message.parent = Some(MessageId(10));
    view.message.nested_level = 1;
    view.message.group_tag = Some("album".to_owned());
    view.message.last_edited_time = Some(NOON);
    view.mentions = vec![
        MentionView { mention: to_ann, named: Named::User(Box::new(user(7, "ann"))) },
        MentionView { mention: to_ops, named: Named::Channel(Box::new(channel(ChannelKind::Public))) },
    ];
    view.reactions = vec![ReactionSummary { emoji: thumb(), users: vec![user(7, "ann")], count: 1 }];
    view.replies_count = 2;
    view
}

fn thumb() -> Emoji {
    Emoji("\u{1f44d}".to_owned())
}

fn thread() -> Thread {
    Thread {
        id: ThreadId(4),
        app: AppId(1),
        channel: ChannelId(5),
        kind: ThreadKind::Standalone,
        name: Some("Release".to_owned()),
        root: None,
        properties: Properties::default(),
        created_time: NOON,
    }
}

fn user_block() -> UserBlock {
    UserBlock { user: user(8, "bob"), created_time: NOON }
}

fn channel_block() -> ChannelBlock {
    ChannelBlock { channel: ChannelId(5), user: user(8, "bob"), created_time: NOON }
}

fn reaction() -> Reaction {
    Reaction { message: MessageId(11), emoji: thumb(), user: user(7, "ann"), created_time: NOON }
}

fn receipt() -> ReadReceipt {
    ReadReceipt { message: MessageId(11), user: user(7, "ann"), created_time: NOON }
}

fn report() -> MessageReport {
    MessageReport {
        message: MessageId(11),
        user: user(7, "ann"),
        reason: "spam".to_owned(),
        properties: Properties::default(),
        created_time: NOON,
    }
}

const PLACE: TypingPlace = TypingPlace { channel: ChannelId(5), thread: ThreadId(4), main: true };

/// The body of an event of a chat; `None` for others and for those whose resource is a user.
pub(super) fn event(event_type: EventType, renderer: &Renderer) -> Option<Vec<u8>> {
    let (ann, ops, text) =
        (user(7, "ann"), channel(ChannelKind::Public), message(words("hi"), Author::User(UserId(8))));
    let name = event_type.as_str();
    let encode = |resource: &dyn erased::Json| Some(resource.event(event_type));
    match name.rsplit_once('.')? {
        ("user.message", "reported") => encode(&renderer.message_report(&report())),
        ("user.message" | "channel.message" | "thread.message", _) => encode(&renderer.message(&text)),
        ("channel.self", _) => encode(&renderer.channel_with(&ops, Seat::NONE, Some(&text))),
        ("user.channel" | "channel.block_record", _) => encode(&renderer.channel_block(&channel_block())),
        ("user.user_blocklist_item", _) => encode(&renderer.user_block(&user_block())),
        ("user.reaction" | "message.reaction", _) => encode(&renderer.reaction(&reaction())),
        ("message.read_receipt", _) => encode(&renderer.read_receipt(&receipt())),
        ("user.thread", _) => encode(&renderer.thread(&thread())),
        ("thread.keystrokes", _) => encode(&renderer.keystrokes(PLACE, &ann, "hel")),
        ("channel.event", _) => {
            encode(&renderer.event(ChannelId(5), "wave", Some(&ann), &Properties::default()))
        }
        ("user.notification", _) => encode(&renderer.notification(&notification(&ann, &text, &ops))),
        _ => None,
    }
}

mod erased {
    //! Any resource, as the body of an event.
    use crate::event::{self, EventType};
    use serde::Serialize;

    pub(super) trait Json {
        fn event(&self, event_type: EventType) -> Vec<u8>;
    }

    impl<R: Serialize> Json for R {
        fn event(&self, event_type: EventType) -> Vec<u8> {
            event::encode(event_type, self)
        }
    }
}

fn notification<'a>(ann: &'a UserView, text: &'a MessageView, ops: &'a ChannelView) -> NotificationParts<'a> {
    NotificationParts {
        id: NotificationId(2),
        kind: NotificationKind::UserSent,
        muted: false,
        created_time: NOON,
        read_time: None,
        recipient: ann,
        message: text,
        parent: None,
        channel: ops,
        mentioned_channel: None,
        seat: Seat { member: true, moderator: false, barred: false },
    }
}

#[test]
fn messages_show_every_key_and_only_what_they_have() {
    let file = |kind, url: &str| {
        Content::File(File {
            kind,
            url: url.to_owned(),
            name: "cat.png".to_owned(),
            content_type: "image/png".to_owned(),
            size: 1024,
        })
    };
    let bob = Author::User(UserId(8));
    let rows = [
        ("message_text", message(words("hi"), bob), "body links mentions user"),
        ("message_rich", rich(), "body links mentions user groupTag lastEditedTime"),
        ("message_file", message(file(FileKind::Hosted, "a1b2/cat.png"), bob), "file user"),
        (
            "message_external",
            message(file(FileKind::External, "https://example.org/cat.png"), bob),
            "file user",
        ),
        ("message_system", message(words("welcome"), Author::System), "body links mentions"),
    ];
    const OPTIONAL: [&str; 7] = ["body", "links", "mentions", "file", "user", "groupTag", "lastEditedTime"];
    for (name, view, members) in rows {
        let value = check(&format!("resource/{name}"), &renderer().message(&view));
        let found: BTreeSet<_> = OPTIONAL.into_iter().filter(|key| value.get(key).is_some()).collect();
        assert_eq!(found, members.split_whitespace().collect(), "{name}");
        let parent = if view.message.parent.is_some() { "parent" } else { "" };
        let relays = "self channel readReceipts repliesCount replies reactions reportCount reports";
        check_keys(&value, "_relays", &format!("{relays} {parent}"));
        check_keys(
            &value,
            "_actions",
            "read unread reply react removeReaction edit updateProperties delete deleteForMe report removeReport",
        );
        check_keys(&value, "_streams", "replies");
        assert_eq!(value["reactions"], value["reactionsSummary"]["emojis"], "both shapes");
    }
}

#[test]
fn threads_and_small_resources() {
    let renderer = renderer();
    let value = check("resource/thread", &renderer.thread(&thread()));
    check_keys(&value, "_relays", "self channel message");
    check_keys(&value, "_topics", "self messages keystrokes typing");
    check_keys(&value, "_actions", "message keystrokes read");
    check_keys(&value, "_streams", "messages");
    let ann = user(7, "ann");
    check_keys(&check("resource/reaction", &renderer.reaction(&reaction())), "_relays", "message");
    check_keys(&check("resource/read_receipt", &renderer.read_receipt(&receipt())), "_relays", "message");
    check_keys(
        &check("resource/keystrokes", &renderer.keystrokes(PLACE, &ann, "hel")),
        "_relays",
        "thread user",
    );
    check("resource/message_report", &renderer.message_report(&report()));
    check_keys(&check("resource/user_block", &renderer.user_block(&user_block())), "_actions", "delete");
    check_keys(
        &check("resource/channel_block", &renderer.channel_block(&channel_block())),
        "_actions",
        "delete",
    );
    let of_application = renderer.event(ChannelId(5), "wave", None, ann_properties());
    assert!(check("resource/event_of_application", &of_application).get("user").is_none());
}

fn ann_properties() -> &'static Properties {
    static FREE: std::sync::OnceLock<Properties> = std::sync::OnceLock::new();
    FREE.get_or_init(|| Properties::from_checked_json(r#"{"loud":true}"#))
}

#[test]
fn a_channel_shows_what_was_said_last() {
    let (view, said) = (channel(ChannelKind::Public), message(words("hi"), Author::User(UserId(8))));
    let value = serde_json::to_value(renderer().channel_with(&view, Seat::NONE, Some(&said))).unwrap();
    assert_eq!(value["lastReceivedMessage"]["body"], "hi");
    let silent = serde_json::to_value(renderer().channel(&view, Seat::NONE)).unwrap();
    assert!(silent.get("lastReceivedMessage").is_none());
}

#[test]
fn notifications_show_whom_and_what_they_are_about() {
    let (ann, text, ops) = (user(7, "ann"), rich(), channel(ChannelKind::Public));
    let plain = notification(&ann, &text, &ops);
    let parent = message(words("question"), Author::User(UserId(7)));
    let rows = [
        (NotificationParts { kind: NotificationKind::SystemSent, ..plain }, ""),
        (NotificationParts { kind: NotificationKind::Replied, parent: Some(&parent), ..plain }, "parent"),
        (NotificationParts { kind: NotificationKind::MentionedUser, ..plain }, "mentionedUser"),
        (
            NotificationParts {
                kind: NotificationKind::MentionedChannel(ChannelId(5)),
                mentioned_channel: Some(&ops),
                ..plain
            },
            "mentionedChannel",
        ),
    ];
    for (parts, member) in rows {
        let value = serde_json::to_value(renderer().notification(&parts)).unwrap();
        assert_eq!(value["readTime"], Value::Null);
        assert_eq!(value["data"]["type"], parts.kind.as_str());
        let found: Vec<_> = ["parent", "mentionedUser", "mentionedChannel"]
            .into_iter()
            .filter(|key| value["data"].get(key).is_some())
            .collect();
        assert_eq!(found, member.split_whitespace().collect::<Vec<_>>());
    }
    let read = NotificationParts { read_time: Some(NOON), ..plain };
    check("resource/notification", &renderer().notification(&read));
}

#[test]
fn pages_by_cursor_link_to_newer_and_older() {
    let rows = [
        ("cursor_page_only", None, None, None, "self first"),
        ("cursor_page_newest", None, None, Some(9), "self first next"),
        ("cursor_page_middle", Some(9), Some(8), Some(4), "self first prev next"),
    ];
    for (name, cursor, prev, next, links) in rows {
        let page = CursorPage {
            items: vec![1, 2],
            request: CursorRequest::new(cursor.map(Cursor::Before), Some(2)),
            start: Some(Cursor::After(8)),
            next: next.map(Cursor::Before),
            prev: prev.map(Cursor::After),
        };
        let spec = PageSpec { size: Some(2), ..PageSpec::default() };
        let resource = CursorPageResource::new(Relay::ChannelMessages(ChannelId(5)), &spec, "messages", page);
        let value = check(&format!("resource/{name}"), &resource);
        let found: BTreeSet<&str> =
            value["_relays"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, links.split_whitespace().collect(), "{name}");
        if let Some(next) = value["_relays"].get("next").and_then(Value::as_str) {
            let request = Relay::parse(next).unwrap().page.cursor_request();
            assert_eq!((request.cursor.map(Cursor::id), request.size), (next_id(&value), 2));
        }
    }
}

fn next_id(page: &Value) -> Option<u64> {
    Cursor::parse(page["page"]["next"].as_str()?).map(Cursor::id)
}
