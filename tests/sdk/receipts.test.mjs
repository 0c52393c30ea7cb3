// What was read: receipts, unread messages and channels, the last read message.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';

serve();

area('receipts', { feature: 'receipts' }, ({ sdk, method, event, rule }) => {
  const send = async (client, body) => succeeded(await client.sendMessage({ channel: client.channel, body })).message;
  const unreadHere = async (client) => succeeded(await client.getUnreadMessagesCount({ channel: client.channel })).count;
  const unreadAnywhere = async (client) => succeeded(await client.getUnreadMessagesCount()).count;
  const isUnread = async (client) => succeeded(await client.getChannelUnread({ channel: client.channel })).unread;

  method('readMessage', 'reads one message, once', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [message, other] = [await send(jane, 'one'), await send(jane, 'two')];
    assert.equal(await unreadHere(john), 2);
    assert.equal(succeeded(await john.readMessage({ message })).message.id, message.id);
    succeeded(await john.readMessage({ message }));
    assert.equal(await unreadHere(john), 1);
    const readers = async (of) => succeeded(await jane.getReadReceipts({ message: of })).paginator.items.filter(({ user }) => user.id === john.user.id).length;
    assert.deepEqual([await readers(message), await readers(other)], [1, 0]);
  });

  method('getReadReceipts', 'lists who has read it, oldest first', async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const message = await send(jane, 'hello');
    succeeded(await jack.readMessage({ message }));
    succeeded(await john.readMessage({ message }));
    const { paginator } = succeeded(await jane.getReadReceipts({ message }));
    const others = paginator.items.map(({ user }) => user.id).filter((id) => id !== jane.user.id);
    assert.deepEqual(others, [jack.user.id, john.user.id]);
  });

  event('message.read_receipt.created', 'shows the message and who read it in the chat', { only: ['J1', 'C1', 'C2', 'A5'] }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const message = await send(jane, 'hello');
    succeeded(await john.readMessage({ message }));
    const [read, receipt] = await here.onMessageRead.next((_, { user }) => user.id === john.user.id);
    assert.equal(read.id, message.id);
    assert.ok(Date.parse(receipt.createdTime));
    succeeded(await john.readMessage({ message }));
    await jane.fence();
    here.onMessageRead.once((_, { user }) => user.id === john.user.id);
  });

  method('unreadMessage', 'takes it back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'hello');
    succeeded(await john.readMessage({ message }));
    assert.equal(await unreadHere(john), 0);
    assert.equal(succeeded(await john.unreadMessage({ message })).message.id, message.id);
    assert.equal(await unreadHere(john), 1);
  });

  event('message.read_receipt.deleted', 'shows the message and who unread it in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const message = await send(jane, 'hello');
    succeeded(await john.readMessage({ message }));
    succeeded(await john.unreadMessage({ message }));
    const [unread, receipt] = await here.onMessageUnread.next();
    assert.equal(unread.id, message.id);
    assert.equal(receipt.user.id, john.user.id);
  });

  method('onReadReceiptCreated', 'is called without a chat session', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const receipts = jane.observe('onReadReceiptCreated');
    const message = await send(jane, 'hello');
    succeeded(await john.readMessage({ message }));
    await receipts.next(({ user }) => user.id === john.user.id);
  });

  method('onReadReceiptDeleted', 'is called without a chat session', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const receipts = jane.observe('onReadReceiptDeleted');
    const message = await send(jane, 'hello');
    succeeded(await john.readMessage({ message }));
    succeeded(await john.unreadMessage({ message }));
    await receipts.next(({ user }) => user.id === john.user.id);
  });

  method('readChannel', 'reads everything in it, one receipt for each', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const sent = [await send(jane, 'one'), await send(jane, 'two'), await send(jane, 'three')];
    succeeded(await john.readMessage({ message: sent[1] }));
    const { channel } = succeeded(await john.readChannel({ channel: john.channel }));
    assert.equal(channel.id, john.channel.id);
    assert.equal(await unreadHere(john), 0);
    for (const { id } of sent) await here.onMessageRead.next((message, { user }) => message.id === id && user.id === john.user.id);
    await jane.fence();
    assert.equal(here.onMessageRead.matching((_, { user }) => user.id === john.user.id).length, sent.length);
  });

  method('readChannel', 'is for members', async (world) => {
    const [jane] = await world.together('PRIVATE');
    const stranger = await world.user('stranger');
    await send(jane, 'secret');
    failed(await stranger.readChannel({ channel: jane.channel }), 'NotFoundError');
  });

  method('getChannelUnread', 'is true until everything is read', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    assert.equal(await isUnread(john), false);
    await send(jane, 'hello');
    assert.equal(await isUnread(john), true);
    assert.equal(await isUnread(jane), false, 'one’s own messages are not news');
    succeeded(await john.readChannel({ channel: john.channel }));
    assert.equal(await isUnread(john), false);
  });

  method('getUnreadMessagesCount', 'counts in a channel and over all', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const members = [{ username: john.username }];
    const { channel } = succeeded(await jane.createChannel({ type: 'DIRECT', members }));
    await send(jane, 'one');
    await send(jane, 'two');
    succeeded(await jane.sendMessage({ channel, body: 'three' }));
    assert.equal(await unreadHere(john), 2);
    assert.equal(await unreadAnywhere(john), 3);
    assert.equal(await unreadAnywhere(jane), 0);
    succeeded(await john.readChannel({ channel: john.channel }));
    assert.equal(await unreadAnywhere(john), 1);
  });

  method('getUnreadChannelsCount', 'counts channels, of all types or of one', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const { channel } = succeeded(await jane.createChannel({ type: 'DIRECT', members: [{ username: john.username }] }));
    const count = async (type) => succeeded(await john.getUnreadChannelsCount(type ? { filter: { type } } : undefined)).count;
    assert.equal(await count(), 0);
    await send(jane, 'one');
    await send(jane, 'two');
    assert.equal(await count(), 1);
    succeeded(await jane.sendMessage({ channel, body: 'three' }));
    assert.equal(await count(), 2);
    assert.deepEqual([await count('DIRECT'), await count('PUBLIC'), await count('PRIVATE')], [1, 1, 0]);
  });

  rule('unread channels can be listed', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('quiet'), members: [{ username: john.username }] }));
    await send(jane, 'hello');
    if (sdk.code === 'A5') { // its filter knows nothing of it
      assert.equal(await isUnread(john), true);
      return;
    }
    for (const filter of [{ unread: true, joined: false }, { unread: true, joined: true }]) {
      const { paginator } = succeeded(await john.getChannels({ filter }));
      assert.deepEqual(paginator.items.map(({ id }) => id), [john.channel.id]);
    }
  });

  method('getLastReadMessage', 'tells how far somebody has read', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const last = () => jane.getLastReadMessage({ channel: jane.channel, username: john.username });
    const [first, second] = [await send(jane, 'one'), await send(jane, 'two')];
    if (sdk.code === 'C2') failed(await last(), 'NotFoundError');
    else assert.ok(!succeeded(await last()).message);
    succeeded(await john.readMessage({ message: first }));
    assert.equal(succeeded(await last()).message.id, first.id);
    succeeded(await john.readMessage({ message: second }));
    assert.equal(succeeded(await last()).message.id, second.id);
  });

  method('retrieveChannelContext', 'tells who has read what in a window', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [first, second] = [await send(jane, 'one'), await send(jane, 'two')];
    succeeded(await john.readMessage({ message: first }));
    const { paginator } = succeeded(await jane.getMessages({ channel: jane.channel }));
    const { start, next } = paginator.page ?? {};
    const { context } = succeeded(await jane.retrieveChannelContext({ channel: jane.channel, startCursor: start, endCursor: next }));
    const readers = ({ id }) => (context.readBy[String(id)] ?? []).filter((user) => user !== jane.user.id);
    assert.deepEqual(readers(first), [john.user.id]);
    assert.deepEqual(readers(second), []);
  });
});
