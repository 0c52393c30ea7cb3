// Threads: named ones of a channel, and those that replies make.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';
import { Recorder } from './support/recorder.mjs';
import { until } from './support/until.mjs';

serve();

area('threads', { feature: 'threads', not: ['A5'] }, ({ sdk, method, event, rule }) => {
  const create = async (client, name, properties) => succeeded(await client.createThread({ channel: client.channel, name, properties })).thread;
  const list = async (client, filter) => succeeded(await client.getThreads({ channel: client.channel, filter })).paginator.items;
  const write = async (client, thread, body) => succeeded(await client.sendMessage({ thread, body })).message;
  const types = (threads) => threads.map(({ type }) => type);

  method('createThread', 'makes a standalone thread', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const thread = await create(jane, 'Lunch', { place: 'canteen' });
    assert.equal(thread.type, 'STANDALONE');
    assert.equal(thread.name, 'Lunch');
    assert.deepEqual(thread.properties, { place: 'canteen' });
    const stranger = await world.user('stranger');
    failed(await stranger.createThread({ channel: jane.channel, name: 'not here' }), 'AccessDeniedError');
  });

  event('user.thread.created', 'is the result of it', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const thread = await create(jane, 'Lunch');
    const { result, topic, resource } = jane.events('user.thread.created')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.threads);
    assert.equal(resource.id, thread.id);
  });

  method('getThreads', 'lists all, newest first, with the main one', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [lunch, dinner] = [await create(jane, 'Lunch'), await create(jane, 'Dinner')];
    const question = succeeded(await jane.sendMessage({ channel: jane.channel, body: 'tea?' })).message;
    succeeded(await john.sendMessage({ message: question, body: 'yes' }));
    const all = await list(john);
    assert.deepEqual(types(all), ['MESSAGE', 'STANDALONE', 'STANDALONE', 'MAIN']);
    assert.deepEqual(types(await list(john, { includeMainThread: false })), ['MESSAGE', 'STANDALONE', 'STANDALONE']);
    const standalone = await list(john, { includeMainThread: false, standalone: true });
    assert.deepEqual(standalone.map(({ id }) => id), [dinner.id, lunch.id]);
  });

  rule('a message of a thread is a message of the channel, but not of its main thread', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const thread = await create(jane, 'Lunch');
    const aside = await write(jane, thread, 'at noon?');
    const main = succeeded(await jane.sendMessage({ channel: jane.channel, body: 'hello' })).message;
    await there.onReceivedMessage.next(({ id }) => id === aside.id);
    await there.onReceivedMessage.next(({ id }) => id === main.id);
    const read = async (filter) => succeeded(await john.getMessages({ channel: john.channel, filter })).paginator.items.map(({ id }) => id);
    assert.deepEqual(await read(undefined), [main.id, aside.id]);
    assert.deepEqual(await read({ mainThread: true }), [main.id]);
    assert.deepEqual(await read({ mainThread: false }), [main.id, aside.id]);
  });

  method('getThreadChannel', 'leads to the channel', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const thread = await create(jane, 'Lunch');
    const { channel } = succeeded(await john.getThreadChannel({ thread }));
    assert.deepEqual(channel._actions, john.channel._actions);
    assert.equal(channel.id, john.channel.id);
  });

  method('getThreadMessage', 'leads to the message that a thread is about', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const question = succeeded(await jane.sendMessage({ channel: jane.channel, body: 'tea?' })).message;
    succeeded(await john.sendMessage({ message: question, body: 'yes' }));
    const [thread] = await list(jane);
    assert.equal(succeeded(await jane.getThreadMessage({ thread })).message.id, question.id);
    failed(await jane.getThreadMessage({ thread: await create(jane, 'Lunch') }), 'NotFoundError');
  });

  method('readThread', 'reads the messages of the thread only', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const thread = await create(jane, 'Lunch');
    await write(jane, thread, 'at noon?');
    const main = succeeded(await jane.sendMessage({ channel: jane.channel, body: 'hello' })).message;
    const unread = async () => succeeded(await john.getUnreadMessagesCount({ channel: john.channel })).count;
    assert.equal(await unread(), 2);
    assert.equal(succeeded(await john.readThread({ thread })).thread.id, thread.id);
    assert.equal(await unread(), 1);
    succeeded(await john.readMessage({ message: main }));
    assert.equal(await unread(), 0);
  });

  // No package watches the topics of a thread by itself (protocol 8.2); an app that does gets its callbacks.
  rule('callbacks for a thread are called once its topics are watched', { only: ['J1', 'C1'] }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const thread = await create(jane, 'Lunch');
    const { session } = await jane.enter(jane.channel);
    const received = new Recorder('thread messages');
    const another = succeeded(jane.startChatSession({ channel: jane.channel, [sdk.callback('onThreadReceivedMessage')]: received.record })).session;
    another.setThread(thread);
    jane.kitty.stompX.listenToTopic({ topic: thread._topics.messages });
    await until('the topic is watched', () => jane.hears([thread._topics.messages]));
    const message = await write(john, thread, 'at noon?');
    const [where, what] = await received.next();
    assert.equal(where.id, thread.id);
    assert.equal(what.id, message.id);
    succeeded(await john.sendMessage({ channel: john.channel, body: 'elsewhere' }));
    await jane.fence();
    received.once();
    session.end();
  });
});
