// Messages: sending, receiving, history, changing, deleting; links and mentions in them.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, refused, succeeded } from './support/client.mjs';

serve();

const PAGE = 25;

const bodies = ({ items }) => items.map(({ body }) => body);

area('messages', { feature: 'messages' }, ({ sdk, method, event, rule }) => {
  const send = async (client, body, more) => succeeded(await client.sendMessage({ channel: client.channel, body, ...more })).message;
  const history = async (client) => succeeded(await client.getMessages({ channel: client.channel })).paginator;

  method('sendMessage (text)', 'is answered with the whole message', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const message = await send(jane, 'Hello, world!', { groupTag: 'greetings', properties: { mood: 'good', list: [1, null] } });
    assert.equal(message.type, 'TEXT');
    assert.equal(message.body, 'Hello, world!');
    assert.equal(message.channelId, jane.channel.id);
    assert.equal(message.user.id, jane.user.id);
    assert.equal(message.groupTag, 'greetings');
    assert.deepEqual(message.properties, { mood: 'good', list: [1, null] });
    assert.deepEqual(message.links, []);
    assert.equal(message._relays.parent, undefined);
    assert.ok(Math.abs(Date.parse(message.createdTime) - Date.now()) < 60_000);
    assert.deepEqual((await history(jane)).items[0], message);
  });

  method('sendMessage (text)', 'reaches everybody in the chat, in one order', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    const sent = await Promise.all([1, 2, 3, 4, 5].flatMap((number) => [send(jane, `jane ${number}`), send(john, `john ${number}`)]));
    for (const { id } of sent) {
      await here.onReceivedMessage.next((message) => message.id === id);
      await there.onReceivedMessage.next((message) => message.id === id);
    }
    const order = ({ onReceivedMessage }) => onReceivedMessage.calls.map(([{ id }]) => id);
    assert.deepEqual(order(here), order(there));
    assert.deepEqual(order(here), [...order(here)].sort((one, two) => one - two), 'the order of the history');
    assert.deepEqual((await history(john)).items.map(({ id }) => id), order(here).reverse());
  });

  method('sendMessage (text)', 'takes any text', async (world) => {
    const [jane] = await world.together('PUBLIC');
    for (const body of ['Grüße: a:b\\n\r\n\ttab', '👩‍👩‍👧 日本語 עברית', 'x'.repeat(5000), ' leading and trailing ']) {
      assert.equal((await send(jane, body)).body, body);
    }
  });

  method('sendMessage (text)', 'is for members', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const stranger = await world.user('stranger');
    stranger.channel = succeeded(await stranger.getChannel(jane.channel.id)).channel;
    failed(await stranger.sendMessage({ channel: stranger.channel, body: 'hello' }), 'AccessDeniedError');
    assert.deepEqual((await history(jane)).items, []);
    const { channel } = succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('secret') }));
    failed(await stranger.sendMessage({ channel, body: 'hello' }), 'NotFoundError');
    failed(await jane.sendMessage({ channel: jane.channel, body: 'hello', properties: 'not an object' }), 'ValidationError');
  });

  event('channel.message.created', 'comes once, to the sender too, without the result', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    const message = await send(jane, 'hello');
    for (const chat of [here, there]) assert.deepEqual(await chat.onReceivedMessage.one(), message);
    await jane.fence();
    for (const chat of [here, there]) chat.onReceivedMessage.once();
    const own = jane.events('channel.message.created');
    assert.deepEqual(own.map(({ topic, result }) => [topic, result]), [[jane.channel._topics.messages, undefined]]);
  });

  event('user.message.created', 'is the result, without a chat session too', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const message = await send(jane, 'hello');
    const { result, topic, resource } = jane.events('user.message.created')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.messages);
    assert.equal(resource.id, message.id);
  });

  method('getMessages (channel)', 'goes from the newest to the oldest', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const texts = Array.from({ length: PAGE + 5 }, (_, number) => `message ${number}`);
    for (const text of texts) await send(jane, text);
    const newest = await history(john);
    assert.deepEqual(bodies(newest), texts.slice(5).reverse());
    assert.equal(newest.hasPrevPage, false);
    await send(jane, 'written while somebody reads');
    const older = await newest.nextPage();
    assert.deepEqual(bodies(older), texts.slice(0, 5).reverse(), 'pages do not shift');
    assert.equal(older.hasNextPage, false);
    assert.deepEqual(bodies(await older.prevPage()).slice(-3), texts.slice(5, 8).reverse());
  });

  method('getMessages (channel)', 'shows nothing of what is hidden', { feature: undefined }, async (world) => {
    const [jane] = await world.together('PRIVATE');
    const stranger = await world.user('stranger');
    failed(await stranger.getMessages({ channel: jane.channel }), 'NotFoundError');
  });

  method('listMessages (user)', 'goes over all channels of the user', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const { channel } = succeeded(await john.createChannel({ type: 'PRIVATE', name: world.name('secret') }));
    await send(john, 'one');
    succeeded(await john.sendMessage({ channel, body: 'two' }));
    await send(jane, 'three');
    const all = async (client) => bodies(succeeded(await client.getMessages({})).paginator);
    assert.deepEqual(await all(john), ['three', 'two', 'one']);
    assert.deepEqual(await all(jane), ['three', 'one']);
  });

  method('getMessageChannel', 'gives the channel as the reader sees it', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'hello');
    const { channel } = succeeded(await john.getMessageChannel({ message }));
    assert.equal(channel.id, john.channel.id);
    assert.deepEqual(channel._actions, john.channel._actions);
    assert.equal(channel.lastReceivedMessage.id, message.id);
  });

  rule('a channel knows its last message, and the most recent channel is first', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { channel } = succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('newer') }));
    const joined = async () => succeeded(await jane.getChannels({ filter: { joined: true } })).paginator.items;
    assert.deepEqual((await joined()).map(({ id }) => id), [channel.id, jane.channel.id]);
    const message = await send(jane, 'hello');
    const after = await joined();
    assert.deepEqual(after.map(({ id }) => id), [jane.channel.id, channel.id]);
    assert.equal(after[0].lastReceivedMessage.id, message.id);
    assert.equal(after[1].lastReceivedMessage, undefined);
  });

  method('editMessage', 'changes the text for everybody', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'helo');
    const edited = succeeded(await jane.editMessage({ message, body: 'hello' })).message;
    assert.equal(edited.id, message.id);
    assert.equal(edited.body, 'hello');
    assert.equal(edited.createdTime, message.createdTime);
    assert.deepEqual(bodies(await history(john)), ['hello']);
  });

  method('editMessage', 'is for the author', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(john, 'mine');
    failed(await jane.editMessage({ message, body: 'not yours' }), 'AccessDeniedError');
    assert.deepEqual(bodies(await history(jane)), ['mine']);
  });

  event('channel.message.updated', 'shows the new text in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    const message = await send(jane, 'helo');
    succeeded(await jane.editMessage({ message, body: 'hello' }));
    for (const chat of [here, there]) await chat.onMessageUpdated.next(({ id, body }) => id === message.id && body === 'hello');
  });

  event('thread.message.updated', 'is the older name of it', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const john = await world.user('john', { sdk: 'J1' });
    john.channel = succeeded(await john.joinChannel({ channel: succeeded(await john.getChannel(jane.channel.id)).channel })).channel;
    const here = await jane.enter(jane.channel);
    const message = await send(john, 'helo');
    succeeded(await john.editMessage({ message, body: 'hello' }));
    await here.onMessageUpdated.next(({ id, body }) => id === message.id && body === 'hello');
  });

  event('user.message.updated', 'is the result of an edit', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const message = await send(jane, 'helo');
    succeeded(await jane.editMessage({ message, body: 'hello' }));
    const { result, topic, resource } = jane.events('user.message.updated')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.messages);
    assert.equal(resource.body, 'hello');
  });

  method('updateMessageProperties', 'replaces them for everybody', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const message = await send(jane, 'hello', { properties: { old: true } });
    const updated = succeeded(await jane.updateMessageProperties({ message, properties: { done: true } })).message;
    assert.deepEqual(updated.properties, { done: true });
    assert.equal(updated.body, 'hello');
    await there.onMessageUpdated.next(({ id, properties }) => id === message.id && properties.done);
    failed(await john.updateMessageProperties({ message, properties: {} }), 'AccessDeniedError');
  });

  method('deleteMessage', 'takes it away from everybody', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [kept, message] = [await send(jane, 'kept'), await send(jane, 'deleted')];
    const deleted = succeeded(await jane.deleteMessage({ message })).message;
    assert.equal(deleted.id, message.id);
    for (const client of [jane, john]) assert.deepEqual((await history(client)).items.map(({ id }) => id), [kept.id]);
    refused(await jane.editMessage({ message, body: 'back' }));
  });

  method('deleteMessage', 'is for authors and moderators', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    failed(await john.deleteMessage({ message: await send(jane, 'not yours') }), 'AccessDeniedError');
    succeeded(await jane.deleteMessage({ message: await send(john, 'the creator may') }));
    assert.deepEqual(bodies(await history(john)), ['not yours']);
  });

  event('channel.message.deleted', 'takes it away in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    const message = await send(jane, 'deleted');
    succeeded(await jane.deleteMessage({ message }));
    for (const chat of [here, there]) await chat.onMessageDeleted.next(({ id }) => id === message.id);
  });

  event('user.message.deleted', 'is the result of deleting', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const message = await send(jane, 'deleted');
    succeeded(await (sdk.has('deleteMessage') ? jane.deleteMessage({ message }) : jane.deleteMessageForMe({ message })));
    const { result, topic, resource } = jane.events('user.message.deleted')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.messages);
    assert.equal(resource.id, message.id);
  });

  method('deleteMessageForMe', 'takes it away from nobody else', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const message = await send(jane, 'hello');
    succeeded(await jane.deleteMessageForMe({ message }));
    assert.deepEqual((await history(jane)).items, []);
    assert.deepEqual((await history(john)).items.map(({ id }) => id), [message.id]);
    assert.equal(await there.onReceivedMessage.one(({ id }) => id === message.id).then(({ body }) => body), 'hello');
  });

  rule('links in a text are found', { feature: 'links' }, async (world) => {
    const [jane] = await world.together('PUBLIC');
    const body = '🙂 see https://example.org/a?b=c#d and http://example.com.';
    const { links } = await send(jane, body);
    assert.deepEqual(links.map(({ source }) => source), ['https://example.org/a?b=c#d', 'http://example.com']);
    for (const { source, startPosition, endPosition } of links) assert.equal(body.slice(startPosition, endPosition), source);
  });

  rule('mentions in a text are found', { feature: 'mentions' }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const body = `🙂 <@${john.username}> look into <#${jane.channel.name}>, not <@nobody-of-that-name>`;
    const { mentions } = await send(jane, body);
    assert.deepEqual(mentions.map(({ type, tag }) => [type, tag]), [
      ['USER', `<@${john.username}>`],
      ['CHANNEL', `<#${jane.channel.name}>`],
    ]);
    for (const { tag, startPosition, endPosition } of mentions) assert.equal(body.slice(startPosition, endPosition), tag);
    assert.equal(mentions[0].user.id, john.user.id);
    assert.equal(mentions[1].channel.id, jane.channel.id);
  });
});
