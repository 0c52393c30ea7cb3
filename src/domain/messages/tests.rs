//! Messages as transcripts of what everybody hears.
use super::*;
use crate::{
    Ctx,
    channels::Done,
    ports::{MessageStore, Store},
    testing::interleave,
    world::{Person, World, chat::text, now, problem},
};
use model::{
    MessageId, Properties, Timestamp, UserId,
    channel::ChannelKind,
    event::Event,
    limits,
    message::{Author, Content, FileKind, MentionTarget, MessageKind, Preview},
    page::Cursor,
};
use std::{pin::Pin, time::Duration};

fn world() -> (World, [Person; 3]) {
    let world = World::new();
    let people = world.users(["ann", "bob", "cat"]);
    (world, people)
}

fn keyed(body: &str, key: &str) -> Draft {
    Draft { idempotency_key: Some(key.to_owned()), ..text(body) }
}

impl World {
    fn messages(&self) -> &Messages {
        &self.chat.messages
    }

    fn created(&self) -> MessageView {
        let message = self.last_message();
        now(self.messages().view(self.app.id, message)).unwrap()
    }
}

#[test]
fn a_message_is_receipted_then_said_and_whoever_is_not_looking_is_notified() {
    let (world, [ann, bob, cat]) = world();
    let channel = world.group(&[&ann, &bob, &cat]);
    now(world.chat.attendance.enter(bob.on(1), channel)).unwrap();
    now(world.channels.mute(&mut Ctx::new(cat.on(1)), channel, true)).unwrap();
    world.forget();
    let mut ctx = world.ctx(ann.on(1));
    let sent = now(world.messages().send(&mut ctx, SendTo::Channel(channel), text("hi"))).unwrap();
    assert_eq!(sent, Done::Published);
    world.expect(&[
        "receipt ann1",
        "MessageCreated \"hi\" by ann notifies cat:USER:SENT:MESSAGE muted for ann1",
    ]);
    assert_eq!(world.shown_in(&bob, channel), ["hi"]);
}

#[test]
fn a_reply_counts_for_its_parent_and_tells_the_parents_author() {
    let (world, [ann, bob, cat]) = world();
    let channel = world.group(&[&ann, &bob, &cat]);
    let parent = world.say(&ann, channel, "who is there?");
    let mut ctx = world.ctx(bob.on(1));
    now(world.messages().send(&mut ctx, SendTo::ReplyTo(parent), text("me"))).unwrap();
    world.expect(&[
        "receipt bob1",
        "MessageCreated \"me\" by bob under \"who is there?\" replies=1 \
         notifies ann:USER:REPLIED_TO:MESSAGE,cat:USER:SENT:MESSAGE for bob1",
    ]);
    let reply = world.last_message();
    let again = world.send(&cat, SendTo::ReplyTo(reply), "and me");
    let view = now(world.messages().get(ann.on(1), again)).unwrap();
    assert_eq!((view.message.nested_level, view.message.parent), (2, Some(reply)));
    assert_eq!(now(world.messages().parent(ann.on(1), reply)).unwrap().message.id, parent);
    assert_eq!(problem(now(world.messages().parent(ann.on(1), parent))), "parent not found");
    assert_eq!(world.shown(ann.on(1), MessageList::RepliesTo(parent)), ["me"]);
    let main = MessageList::Channel { channel, main_thread_only: true };
    assert_eq!(world.shown(ann.on(1), main), ["who is there?"]);
    assert_eq!(world.shown_in(&ann, channel), ["and me", "me", "who is there?"]);
    // What is said in a thread of replies is a reply.
    let thread = now(world.messages().get(ann.on(1), reply)).unwrap().message.thread;
    let said = world.send(&ann, SendTo::Thread(thread), "good");
    assert_eq!(now(world.messages().get(ann.on(1), said)).unwrap().message.parent, Some(parent));
}

#[test]
fn replies_nest_only_so_deep() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let mut last = world.say(&ann, channel, "0");
    for level in 1..=limits::MAX_NESTED_LEVEL {
        last = world.send(&ann, SendTo::ReplyTo(last), &level.to_string());
    }
    let deeper = now(world.messages().send(&mut Ctx::new(ann.on(1)), SendTo::ReplyTo(last), text("deeper")));
    assert_eq!(problem(deeper), "parent: replies nest at most 100 deep");
}

#[test]
fn the_same_key_sends_once_for_a_day_and_finds_the_first_message() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let other = world.group(&[&ann, &bob]);
    let send = |person: &Person, channel, draft| {
        now(world.messages().send(&mut world.ctx(person.on(1)), SendTo::Channel(channel), draft))
    };
    assert_eq!(send(&ann, channel, keyed("once", "k")).unwrap(), Done::Published);
    let first = world.last_message();
    world.forget();
    let again = send(&ann, channel, keyed("once", "k")).unwrap();
    assert!(matches!(&again, Done::Found(view) if view.message.id == first), "{again:?}");
    world.expect(&["receipt ann1"]);
    assert_eq!(
        problem(send(&ann, other, keyed("x", "k"))),
        "this receipt was used for a message in another channel"
    );
    assert_eq!(send(&bob, channel, keyed("mine", "k")).unwrap(), Done::Published, "keys are per user");
    world.advance(limits::IDEMPOTENCY);
    now(world.chat.prune()).unwrap();
    assert!(matches!(send(&ann, channel, keyed("once", "k")).unwrap(), Done::Found(_)), "a day is not over");
    world.advance(Duration::from_millis(1));
    now(world.chat.prune()).unwrap();
    assert_eq!(send(&ann, channel, keyed("again", "k")).unwrap(), Done::Published);
}

#[test]
fn who_may_send_where() {
    let (world, [ann, bob, cat]) = world();
    let direct = world.direct(&[&ann, &bob]);
    let private = world.group(&[&ann, &bob]);
    let public = world.channel(ChannelKind::Public, &[&ann, &bob]);
    let send = |person: &Person, channel| {
        let mut ctx = Ctx::new(person.on(1));
        match now(world.messages().send(&mut ctx, SendTo::Channel(channel), text("x"))) {
            Ok(_) => "sent".to_owned(),
            refused => problem(refused),
        }
    };
    assert_eq!(send(&ann, direct), "sent");
    assert_eq!(send(&cat, direct), "channel not found");
    assert_eq!(send(&cat, private), "channel not found");
    assert_eq!(send(&cat, public), "only members of the channel may do this");
    now(world.chat.blocks.block(&mut Ctx::new(bob.on(1)), &crate::users::UserRef::Id(ann.id()))).unwrap();
    assert_eq!(send(&ann, direct), "a member of this DIRECT channel has blocked you");
    assert_eq!(send(&bob, direct), "sent", "whoever blocks may still send");
    assert_eq!(send(&ann, private), "sent", "block lists are about DIRECT channels");
    now(world.channels.block(&mut Ctx::new(ann.on(1)), public, &crate::users::UserRef::Id(bob.id())))
        .unwrap();
    assert_eq!(send(&bob, public), "moderators keep you out of this channel");
    let list = MessageList::Channel { channel: public, main_thread_only: false };
    let request = CursorRequest::new(None, None);
    let read = now(world.messages().list(bob.on(1), list, None, request));
    assert_eq!(problem(read), "moderators keep you out of this channel");
    assert!(now(world.messages().list(cat.on(1), list, None, request)).is_ok(), "PUBLIC channels are open");
}

#[test]
fn what_clients_send_is_checked() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let file = |url: &str, name: &str, size| DraftContent::ExternalFile {
        url: url.to_owned(),
        name: name.to_owned(),
        content_type: "image/png".to_owned(),
        size,
    };
    let body = |bytes: usize| DraftContent::Text("x".repeat(bytes));
    let fine = "https://a.org/x.png";
    let rows = [
        (body(limits::MAX_BODY_BYTES), None),
        (body(limits::MAX_BODY_BYTES + 1), Some("body: at most 65536 bytes, these are 65537")),
        (DraftContent::Text(" \n".to_owned()), Some("body: must not be blank")),
        (DraftContent::Text("a\0b".to_owned()), Some("body: must not contain NUL characters")),
        (DraftContent::Text("two\n\tlines".to_owned()), None),
        (file(fine, "x.png", 7), None),
        (file("javascript:alert(1)", "x.png", 7), Some("file.url: must be an absolute http or https URL")),
        (file(fine, "", 7), Some("file.name: must not be blank")),
        (file(fine, "x", 1 << 53), Some("file.size: is larger than a JavaScript number can be")),
    ];
    for (content, expected) in rows {
        let draft = Draft { content: content.clone(), ..text("") };
        let sent = now(world.messages().send(&mut Ctx::new(ann.on(1)), SendTo::Channel(channel), draft));
        let problem = sent.err().map(|error| error.to_string());
        assert_eq!(problem.as_deref(), expected);
    }
    let tagged = Draft { group_tag: Some("x".repeat(257)), ..text("x") };
    let sent = now(world.messages().send(&mut Ctx::new(ann.on(1)), SendTo::Channel(channel), tagged));
    assert_eq!(problem(sent), "groupTag: at most 256 bytes, these are 257");
}

#[test]
fn a_file_message_is_of_type_file_and_notifies_with_its_name() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let content = DraftContent::ExternalFile {
        url: "https://a.org/cat.png".to_owned(),
        name: "cat.png".to_owned(),
        content_type: "image/png".to_owned(),
        size: 3,
    };
    now(world.messages().send(
        &mut Ctx::new(ann.on(1)),
        SendTo::Channel(channel),
        Draft { content, ..text("") },
    ))
    .unwrap();
    let view = world.created();
    assert_eq!(view.message.kind(), MessageKind::File);
    assert!(matches!(&view.message.content, Content::File(file) if file.kind == FileKind::External));
    let edited = now(world.messages().edit(&mut Ctx::new(ann.on(1)), view.message.id, "x".to_owned()));
    assert_eq!(problem(edited), "body: a file message has no text to edit");
}

#[test]
fn the_application_speaks_without_a_user() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let view = now(world.messages().send_system(world.app.id, channel, text("maintenance"))).unwrap();
    assert_eq!(
        (view.message.kind(), view.message.author, view.author),
        (MessageKind::SystemText, Author::System, None)
    );
    world.expect(&["MessageCreated \"maintenance\" by the application \
         notifies ann:SYSTEM:SENT:MESSAGE,bob:SYSTEM:SENT:MESSAGE"]);
}

#[test]
fn users_and_visible_channels_are_mentioned_and_hidden_ones_stay_text() {
    let (world, [ann, bob, cat]) = world();
    let channel = world.group(&[&ann, &bob]);
    let public = world.channel(ChannelKind::Public, &[&cat, &bob]);
    let secret = world.group(&[&ann, &cat]);
    let name = |id| now(world.store.channel(world.app.id, id)).unwrap().unwrap().name;
    let body =
        format!("<@bob> <@cat> <@nobody> <#{}> <#{}> <#{}>", name(public), name(secret), name(channel));
    world.say(&ann, channel, &body);
    let view = world.created();
    let targets: Vec<_> = view.mentions.iter().map(|mention| mention.mention.target).collect();
    assert_eq!(
        targets,
        [
            MentionTarget::User(bob.id()),
            MentionTarget::User(cat.id()),
            MentionTarget::Channel(public),
            MentionTarget::Channel(channel)
        ]
    );
    // Cat cannot see this channel, so she is not told; bob is, once.
    let created = world.store.events().into_iter().rev().find_map(|committed| match committed.event {
        Event::MessageCreated(created) => Some(created),
        _ => None,
    });
    let told: Vec<UserId> = created.unwrap().notified.iter().map(|notified| notified.user).collect();
    assert_eq!(told, [bob.id()]);
}

#[test]
fn only_authors_edit_and_the_text_is_understood_again() {
    let (world, [ann, bob, _]) = world();
    let channel = world.group(&[&ann, &bob]);
    let message = world.say(&bob, channel, "hello");
    let edit = |person: &Person, body: &str| {
        now(world.messages().edit(&mut world.ctx(person.on(1)), message, body.to_owned()))
    };
    assert_eq!(problem(edit(&ann, "mine now")), "only its author may change a message");
    assert_eq!(problem(edit(&bob, " ")), "body: must not be blank");
    world.expect(&[]);
    world.advance(Duration::from_secs(1));
    edit(&bob, "see https://a.org <@ann>").unwrap();
    world.expect(&["receipt bob1", "MessageUpdated \"see https://a.org <@ann>\" by bob for bob1"]);
    let view = world.created();
    assert_eq!(view.message.last_edited_time, Some(view.message.created_time + Duration::from_secs(1)));
    let text = view.message.content.text().unwrap();
    assert_eq!((text.links.len(), text.mentions.len()), (1, 1));
    let properties = Properties::from_checked_json(r#"{"a":1}"#);
    now(world.messages().update_properties(&mut world.ctx(bob.on(1)), message, properties.clone())).unwrap();
    assert_eq!(world.created().message.properties, properties);
}

#[test]
fn previews_arrive_as_an_update_of_the_server() {
    let (world, [ann, bob, _]) = world();
    let channel = world.group(&[&ann, &bob]);
    let message = world.say(&bob, channel, "https://a.org and https://b.org");
    let preview = |title: &str| Preview {
        url: "https://a.org".to_owned(),
        title: title.to_owned(),
        image: "https://a.org/i.png".to_owned(),
        description: None,
        site_name: None,
    };
    let set = |source: &str, title: &str| {
        let previews = vec![(source.to_owned(), preview(title))];
        now(world.messages().set_previews(world.app.id, message, previews)).unwrap();
    };
    set("https://a.org", "A");
    world.expect(&["MessageUpdated \"https://a.org and https://b.org\" by the server"]);
    set("https://a.org", "A");
    set("https://c.org", "C");
    world.expect(&[]);
    let view = world.created();
    let found: Vec<_> =
        view.message.content.text().unwrap().links.iter().map(|link| link.preview.is_some()).collect();
    assert_eq!(found, [true, false]);
    assert_eq!(view.message.last_edited_time, None, "nobody has edited it");
}

#[test]
fn a_deleted_message_is_in_no_list_and_found_for_five_minutes() {
    let (world, [ann, bob, cat]) = world();
    let channel = world.group(&[&ann, &bob, &cat]);
    let parent = world.say(&cat, channel, "parent");
    let reply = world.send(&bob, SendTo::ReplyTo(parent), "reply");
    let delete = |person: &Person, id| now(world.messages().delete(&mut world.ctx(person.on(1)), id));
    assert_eq!(problem(delete(&cat, reply)), "only its author or a moderator may delete a message");
    assert_eq!(delete(&bob, reply).unwrap(), Done::Published);
    world.expect(&["receipt bob1", "MessageDeleted \"reply\" under \"parent\" by bob for bob1"]);
    assert!(matches!(delete(&bob, reply).unwrap(), Done::Found(_)));
    world.expect(&["receipt bob1"]);
    assert_eq!(delete(&ann, parent).unwrap(), Done::Published, "ann moderates");
    world.forget();
    assert_eq!(world.shown_in(&bob, channel), Vec::<String>::new());
    assert_eq!(now(world.messages().count(bob.on(1), channel)).unwrap(), 0);
    assert!(now(world.messages().get(cat.on(1), reply)).is_ok());
    let answer = now(world.messages().send(&mut Ctx::new(ann.on(1)), SendTo::ReplyTo(reply), text("x")));
    assert_eq!(problem(answer), "message not found");
    world.advance(limits::TOMBSTONE + Duration::from_millis(1));
    assert_eq!(problem(now(world.messages().get(cat.on(1), reply))), "message not found");
    assert!(now(world.chat.prune()).unwrap() >= 2);
    assert_eq!(now(world.store.message(world.app.id, reply, None)).unwrap(), None);
}

#[test]
fn deleting_for_oneself_hides_from_nobody_else() {
    let (world, [ann, bob, _]) = world();
    let channel = world.group(&[&ann, &bob]);
    let message = world.say(&bob, channel, "hello");
    let hide = || now(world.messages().delete_for_me(&mut world.ctx(ann.on(1)), message)).unwrap();
    assert_eq!(hide(), Done::Published);
    world.expect(&["receipt ann1", "MessageHidden \"hello\" from ann for ann1"]);
    assert!(matches!(hide(), Done::Found(_)));
    assert_eq!(world.shown_in(&ann, channel), Vec::<String>::new());
    assert_eq!(world.shown_in(&bob, channel), ["hello"]);
    assert!(now(world.messages().get(ann.on(1), message)).is_ok(), "events that name it still resolve");
}

#[test]
fn reports_are_for_moderators() {
    let (world, [ann, bob, cat]) = world();
    let channel = world.group(&[&ann, &bob, &cat]);
    let message = world.say(&bob, channel, "rude");
    let report = |person: &Person, reason: &str| {
        let properties = Properties::default();
        now(world.messages().report(&mut world.ctx(person.on(1)), message, reason.to_owned(), properties))
    };
    report(&cat, "rude").unwrap();
    world.expect(&["receipt cat1", "MessageReported by cat: rude for cat1"]);
    report(&cat, "very rude").unwrap();
    assert_eq!(problem(report(&cat, "")), "reason: must not be blank");
    let request = PageRequest::new(None, None);
    assert_eq!(
        problem(now(world.messages().reports(cat.on(1), message, request))),
        "only moderators may do this"
    );
    let reports = now(world.messages().reports(ann.on(1), message, request)).unwrap();
    let reasons: Vec<_> = reports.items.iter().map(|report| report.reason.as_str()).collect();
    assert_eq!(reasons, ["very rude"], "the last word counts");
    assert_eq!(now(world.messages().get(ann.on(1), message)).unwrap().report_count, 1);
}

#[test]
fn cleared_history_is_not_shown_and_pages_go_both_ways() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    for n in 1..=3 {
        world.say(&ann, channel, &n.to_string());
    }
    now(world.channels.clear_history(&mut Ctx::new(bob.on(1)), channel)).unwrap();
    for n in 4..=8 {
        world.say(&ann, channel, &n.to_string());
    }
    assert_eq!(world.shown_in(&bob, channel), ["8", "7", "6", "5", "4"]);
    assert_eq!(now(world.messages().count(bob.on(1), channel)).unwrap(), 5);
    let list = MessageList::Channel { channel, main_thread_only: false };
    let page = |cursor| {
        let page =
            now(world.messages().list(bob.on(1), list, None, CursorRequest::new(cursor, Some(2)))).unwrap();
        let words: Vec<String> = page.items.iter().map(crate::world::chat::words).collect();
        (words.join(""), page.prev, page.next)
    };
    let (first, prev, next) = page(None);
    assert_eq!((first.as_str(), prev), ("87", None));
    let (second, prev, next) = page(next);
    assert_eq!(second, "65");
    assert_eq!(page(prev).0, "87");
    let (third, prev, next) = page(next);
    assert_eq!((third.as_str(), next), ("4", None));
    assert_eq!(page(prev).0, "65");
    assert_eq!(page(Some(Cursor::Before(0))).0, "");
}

#[test]
fn everything_of_ones_channels_in_one_list() {
    let (world, [ann, bob, cat]) = world();
    let with_bob = world.direct(&[&ann, &bob]);
    let with_cat = world.direct(&[&ann, &cat]);
    world.say(&bob, with_bob, "1");
    world.say(&cat, with_cat, "2");
    world.say(&bob, with_bob, "3");
    assert_eq!(world.shown(ann.on(1), MessageList::Mine), ["3", "2", "1"]);
    assert_eq!(world.shown(cat.on(1), MessageList::Mine), ["2"]);
}

#[test]
fn when_the_store_fails_nothing_is_said_and_nothing_half_done() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let message = world.say(&bob, channel, "hello");
    world.store.fail_writes(true);
    let send =
        now(world.messages().send(&mut world.ctx(ann.on(1)), SendTo::Channel(channel), keyed("x", "k")));
    assert_eq!(problem(send), "unavailable");
    assert_eq!(
        problem(now(world.messages().edit(&mut world.ctx(bob.on(1)), message, "y".to_owned()))),
        "unavailable"
    );
    assert_eq!(problem(now(world.messages().delete(&mut world.ctx(bob.on(1)), message))), "unavailable");
    world.expect(&[]);
    world.store.fail_writes(false);
    assert_eq!(world.shown_in(&ann, channel), ["hello"]);
    let send =
        now(world.messages().send(&mut world.ctx(ann.on(1)), SendTo::Channel(channel), keyed("x", "k")));
    assert_eq!(send.unwrap(), Done::Published, "the key was not used up");
}

#[test]
fn messages_and_calls_of_a_channel_are_heard_in_the_order_of_their_commits() {
    for seed in 0..200 {
        let (world, [ann, bob, cat]) = world();
        let channel = world.group(&[&ann, &bob, &cat]);
        world.store.pause_everywhere(true);
        let send = |person: &Person, body: &'static str| -> Pin<Box<dyn Future<Output = ()>>> {
            let (messages, actor) = (world.chat.messages.clone(), person.on(1));
            Box::pin(async move {
                messages.send(&mut Ctx::new(actor), SendTo::Channel(channel), text(body)).await.unwrap();
            })
        };
        let call = async {
            let new = crate::world::start_call(Some(true));
            world.calls.start(&mut Ctx::new(cat.on(1)), channel, new).await.unwrap();
        };
        interleave(
            seed,
            vec![send(&ann, "1"), send(&bob, "2"), Box::pin(call), send(&ann, "3"), send(&cat, "4")],
        );
        world.store.pause_everywhere(false);
        let seqs: Vec<u64> =
            world.store.events().iter().filter_map(|event| event.place).map(|(_, seq)| seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "seed {seed}: no gaps");
        let stored: Vec<String> =
            world.store.events().iter().filter_map(|event| kind(&event.event)).collect();
        let heard: Vec<String> = world.said().iter().filter_map(|line| heard_kind(line)).collect();
        assert_eq!(heard, stored, "seed {seed}");
    }
}

fn kind(event: &Event) -> Option<String> {
    match event {
        Event::MessageCreated(created) => Some(crate::world::chat::words(&created.message)),
        Event::CallCreated { .. } => Some("call".to_owned()),
        _ => None,
    }
}

fn heard_kind(line: &str) -> Option<String> {
    if line.starts_with("CallCreated") {
        return Some("call".to_owned());
    }
    let rest = line.strip_prefix("MessageCreated \"")?;
    rest.split('"').next().map(str::to_owned)
}

#[test]
fn a_message_of_another_application_does_not_exist() {
    let (world, [ann, bob, _]) = world();
    let channel = world.direct(&[&ann, &bob]);
    let message = world.say(&bob, channel, "hello");
    let other = now(world.store.create_app("other", "k2", "c2", "h", true, Timestamp(0))).unwrap();
    let stranger = crate::Actor { app: other.id, ..ann.on(1) };
    assert_eq!(problem(now(world.messages().get(stranger, message))), "message not found");
    assert_eq!(problem(now(world.messages().get(ann.on(1), MessageId(99)))), "message not found");
}
