//! Read state: what is unread, what is announced, what is counted.
use super::*;
use crate::{
    messages::SendTo,
    ports::{ChannelScope, MessageStore, ReadStore, SeatStore},
    testing::interleave,
    world::{Person, World, now, problem},
};
use std::pin::Pin;

struct Fixture {
    world: World,
    ann: Person,
    bob: Person,
    channel: ChannelId,
}

impl Fixture {
    /// Ann has said so many things to bob.
    fn with(messages: usize) -> (Self, Vec<MessageId>) {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let channel = world.direct(&[&ann, &bob]);
        let ids = (0..messages).map(|n| world.say(&ann, channel, &n.to_string())).collect();
        (Self { world, ann, bob, channel }, ids)
    }

    fn unread(&self) -> u64 {
        let reads = &self.world.chat.reads;
        let count = now(reads.count(self.bob.on(1), Some(self.channel))).unwrap();
        assert_eq!(now(reads.count(self.bob.on(1), None)).unwrap(), count);
        assert_eq!(now(reads.is_unread(self.bob.on(1), self.channel)).unwrap(), count > 0);
        assert_eq!(now(reads.count_channels(self.bob.on(1), None)).unwrap(), u64::from(count > 0));
        count
    }

    fn read_channel(&self) {
        now(self.world.chat.reads.read_channel(&mut self.world.ctx(self.bob.on(1)), self.channel)).unwrap();
    }

    fn read(&self, message: MessageId) {
        now(self.world.chat.reads.read_message(&mut self.world.ctx(self.bob.on(1)), message)).unwrap();
    }

    fn unread_again(&self, message: MessageId) {
        now(self.world.chat.reads.unread_message(&mut self.world.ctx(self.bob.on(1)), message)).unwrap();
    }

    fn last_read(&self) -> Option<MessageId> {
        let last = now(self.world.chat.reads.last_read(self.ann.on(1), self.channel, Some("bob"))).unwrap();
        last.map(|view| view.message.id)
    }
}

#[test]
fn reading_a_channel_makes_one_receipt_for_each_newly_read_message() {
    let (world, ids) = Fixture::with(3);
    assert_eq!(world.unread(), 3);
    world.read(ids[1]);
    world.world.expect(&["receipt bob1", "MessagesRead bob 2 to ann,bob"]);
    assert_eq!(world.unread(), 2);
    world.read_channel();
    world.world.expect(&["receipt bob1", "MessagesRead bob 1,3 to ann,bob"]);
    assert_eq!(world.unread(), 0);
    world.read_channel();
    world.read(ids[0]);
    world.world.expect(&["receipt bob1", "receipt bob1"]);
    assert_eq!(now(world.world.chat.reads.count(world.ann.on(1), None)).unwrap(), 0, "own messages");
    let request = PageRequest::new(None, None);
    for id in ids {
        let receipts = now(world.world.chat.reads.receipts(world.ann.on(1), id, request)).unwrap();
        assert_eq!(
            receipts.items.iter().map(|receipt| receipt.user.user.id).collect::<Vec<_>>(),
            [world.bob.id()]
        );
    }
}

#[test]
fn a_message_made_unread_counts_again_wherever_the_position_is() {
    let (world, ids) = Fixture::with(3);
    world.read_channel();
    world.unread_again(ids[1]);
    world.world.forget();
    assert_eq!((world.unread(), world.last_read()), (1, Some(ids[2])));
    world.unread_again(ids[1]);
    world.world.expect(&["receipt bob1"]);
    world.unread_again(ids[2]);
    world.world.expect(&["receipt bob1", "MessagesUnread bob 3 to ann,bob"]);
    assert_eq!((world.unread(), world.last_read()), (2, Some(ids[0])));
    world.read(ids[1]);
    assert_eq!(world.unread(), 1);
    world.read_channel();
    world.world.forget();
    assert_eq!((world.unread(), world.last_read()), (0, Some(ids[2])));
    // One's own is never unread.
    let own = world.world.say(&world.bob, world.channel, "mine");
    world.unread_again(own);
    world.world.expect(&["receipt bob1"]);
    assert_eq!(world.unread(), 0);
}

#[test]
fn reading_one_by_one_moves_the_position_over_what_has_no_gap() {
    let (world, ids) = Fixture::with(4);
    let position = || now(world.world.store.seat(world.channel, world.bob.id())).unwrap().unwrap().read;
    world.read(ids[1]);
    assert_eq!(position(), MessageId(ids[0].0 - 1), "the first one is unread");
    world.read(ids[0]);
    assert_eq!(position(), ids[1]);
    world.read(ids[3]);
    assert_eq!(position(), ids[1]);
    world.read(ids[2]);
    assert_eq!(position(), ids[3]);
    assert_eq!(world.unread(), 0);
}

#[test]
fn what_was_deleted_hidden_or_cleared_is_not_unread() {
    let (world, ids) = Fixture::with(4);
    let messages = &world.world.chat.messages;
    now(messages.delete(&mut Ctx::new(world.ann.on(1)), ids[0])).unwrap();
    assert_eq!(world.unread(), 3);
    now(messages.delete_for_me(&mut Ctx::new(world.bob.on(1)), ids[1])).unwrap();
    assert_eq!(world.unread(), 2);
    now(world.world.channels.clear_history(&mut Ctx::new(world.bob.on(1)), world.channel)).unwrap();
    assert_eq!(world.unread(), 0);
    world.world.say(&world.ann, world.channel, "new");
    assert_eq!(world.unread(), 1);
}

#[test]
fn history_is_no_news_to_whoever_joins() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Public, &[&ann]);
    world.say(&ann, channel, "before");
    now(world.channels.join(&mut Ctx::new(bob.on(1)), channel)).unwrap();
    assert_eq!(now(world.chat.reads.count(bob.on(1), Some(channel))).unwrap(), 0);
    world.say(&ann, channel, "after");
    assert_eq!(now(world.chat.reads.count(bob.on(1), Some(channel))).unwrap(), 1);
    let unread =
        now(world.channels.list(bob.on(1), ChannelScope::Unread, None, PageRequest::new(None, None)))
            .unwrap();
    assert_eq!(unread.total, 1);
    assert_eq!(
        unread.items[0].last_message.as_ref().map(crate::world::chat::words).as_deref(),
        Some("after")
    );
}

#[test]
fn a_thread_is_read_without_the_rest_of_its_channel() {
    let (world, ids) = Fixture::with(2);
    let reply = world.world.send(&world.ann, SendTo::ReplyTo(ids[0]), "reply");
    let thread = now(world.world.chat.messages.get(world.ann.on(1), reply)).unwrap().message.thread;
    now(world.world.chat.reads.read_thread(&mut world.world.ctx(world.bob.on(1)), thread)).unwrap();
    world.world.expect(&["receipt bob1", "MessagesRead bob 3 to ann,bob"]);
    assert_eq!(world.unread(), 2);
    let context = now(world.world.chat.reads.context(world.ann.on(1), world.channel, None, None)).unwrap();
    assert_eq!(context.messages, [(reply, vec![world.bob.id()])]);
    let older = Some(Cursor::Before(ids[1].0));
    let window = now(world.world.chat.reads.context(world.ann.on(1), world.channel, older, older)).unwrap();
    assert_eq!(window.messages, []);
}

#[test]
fn of_many_unread_messages_the_newest_get_receipts_and_all_are_read() {
    let (world, ids) = Fixture::with(limits::MAX_RECEIPTS_AT_ONCE + 2);
    world.read_channel();
    assert_eq!(world.unread(), 0);
    let receipt = |id| now(world.world.store.receipt(id, world.bob.id())).unwrap().is_some();
    assert_eq!((receipt(ids[1]), receipt(ids[2])), (false, true));
    world.world.forget();
    // A thread has no position of its own: it is read in rounds.
    let thread = now(world.world.store.main_thread(world.channel)).unwrap().unwrap();
    let (more, _) = (world.world.say(&world.ann, world.channel, "more"), ());
    now(world.world.chat.reads.read_thread(&mut world.world.ctx(world.bob.on(1)), thread)).unwrap();
    assert!(receipt(more));
}

#[test]
fn strangers_read_nothing_and_a_failing_store_leaves_everything() {
    let (world, ids) = Fixture::with(1);
    let cat = world.world.user("cat");
    let read = now(world.world.chat.reads.read_message(&mut Ctx::new(cat.on(1)), ids[0]));
    assert_eq!(problem(read), "message not found");
    world.world.store.fail_writes(true);
    let read = now(world.world.chat.reads.read_channel(&mut world.world.ctx(world.bob.on(1)), world.channel));
    assert_eq!(problem(read), "unavailable");
    world.world.store.fail_writes(false);
    world.world.expect(&[]);
    assert_eq!(world.unread(), 1);
}

#[test]
fn two_devices_that_read_at_once_make_one_receipt() {
    for seed in 0..50 {
        let (world, _) = Fixture::with(2);
        world.world.store.pause_everywhere(true);
        let read = |device| -> Pin<Box<dyn Future<Output = ()>>> {
            let (reads, actor, channel) =
                (world.world.chat.reads.clone(), world.bob.on(device), world.channel);
            Box::pin(async move { reads.read_channel(&mut Ctx::new(actor), channel).await.unwrap() })
        };
        interleave(seed, vec![read(1), read(2)]);
        world.world.expect(&["MessagesRead bob 1,2 to ann,bob"]);
    }
}
