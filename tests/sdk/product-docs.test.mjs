// The JavaScript of the product documentation (quick start and concepts), as it stands there, result and all. What the
// documentation calls `onJoinedChannel` is `onChannelJoined` in every package.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { until } from './support/until.mjs';

serve();

// "if (result.succeeded) { … } if (result.failed) { … }": exactly one of them runs.
function handle(result, member) {
  let handled;
  if (result.succeeded) {
    handled = result[member];
  }
  if (result.failed) {
    assert.fail(JSON.stringify(result.error));
  }
  assert.notEqual(handled, undefined);
  return handled;
}

area('quick start', ({ docs }) => {
  docs('starting a guest user session', async (world) => {
    const username = world.name('jane@chat.example');
    const kitty = await world.client(username);
    const result = await kitty.startSession({ username });
    kitty.hasSession = true;
    assert.equal(handle(result, 'session').user.name, username);
  });

  docs('creating a direct channel', async (world) => {
    const [kitty, john] = await world.users('jane', 'john');
    const result = await kitty.createChannel({ type: 'DIRECT', members: [{ username: john.username }] });
    assert.equal(handle(result, 'channel').members.length, 2);
  });

  docs('creating a public channel', async (world) => {
    const kitty = await world.user('jane');
    const name = world.name('my-first-public-channel');
    assert.equal(handle(await kitty.createChannel({ type: 'PUBLIC', name }), 'channel').name, name);
  });

  docs('getting channels', async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const { items } = handle(await kitty.getChannels(), 'paginator');
    assert.ok(items.some(({ id }) => id === kitty.channel.id));
  });

  docs('starting a chat session', async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const result = kitty.startChatSession({
      channel: kitty.channel,
      onReceivedMessage: () => {},
      onTypingStarted: () => {},
      onTypingStopped: () => {},
    });
    const session = handle(result, 'session');
    await until('it is live', () => kitty.hears([kitty.channel._topics.self]));
    session.end();
  });

  docs('sending a text message', { feature: 'messages' }, async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const result = await kitty.sendMessage({ channel: kitty.channel, body: 'Hello, world!' });
    assert.equal(handle(result, 'message').body, 'Hello, world!');
  });

  docs('getting channel message history', { feature: 'messages' }, async (world) => {
    const [kitty] = await world.together('PUBLIC');
    await kitty.sendMessage({ channel: kitty.channel, body: 'Hello, world!' });
    const { items } = handle(await kitty.getMessages({ channel: kitty.channel }), 'paginator');
    assert.deepEqual(items.map(({ body }) => body), ['Hello, world!']);
  });
});

area('concepts', ({ sdk, docs }) => {
  docs('user sessions: starting an authenticated user session', async (world) => {
    const username = world.name('jane@chat.example');
    const kitty = await world.client(username);
    const result = await kitty.startSession({ username, authParams: { password: 'the password' } });
    kitty.hasSession = true;
    assert.equal(handle(result, 'session').user.name, username);
  });

  docs('user sessions: ending a user session', async (world) => {
    const kitty = await world.user('jane');
    kitty.hasSession = false;
    kitty.endSession();
    await until('it has ended', () => kitty.sockets[0].readyState === WebSocket.CLOSED);
  });

  docs('chat sessions: ending a chat session', async (world) => {
    const [kitty, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const { session } = await kitty.enter(kitty.channel);
    await there.onParticipantEnteredChat.next();
    session.end();
    await there.onParticipantLeftChat.next();
  });

  docs('channels: creating a direct channel that names everybody', async (world) => {
    const [kitty, john] = await world.users('jane', 'john');
    const result = await kitty.createChannel({ type: 'DIRECT', members: [{ username: kitty.username }, { username: john.username }] });
    assert.equal(handle(result, 'channel').members.length, 2);
  });

  docs('channels: creating a private channel', async (world) => {
    const kitty = await world.user('jane');
    const result = await kitty.createChannel({ type: 'PRIVATE', name: world.name('my-first-private-channel') });
    assert.equal(handle(result, 'channel').type, 'PRIVATE');
  });

  docs('channels: getting joined channels', async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const { items } = handle(await kitty.getChannels({ filter: { joined: true } }), 'paginator');
    assert.deepEqual(items.map(({ id }) => id), [kitty.channel.id]);
  });

  docs('channels: getting joinable channels', async (world) => {
    const [john] = await world.together('PUBLIC');
    const kitty = await world.user('jane');
    const { items } = handle(await kitty.getChannels({ filter: { joined: false } }), 'paginator');
    assert.ok(items.length > 0 && items.every(({ _actions }) => _actions.join));
    assert.ok(john.channel.id > 0);
  });

  docs('channels: getting a channel', async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const channelId = kitty.channel.id;
    assert.equal(handle(await kitty.getChannel(channelId), 'channel').id, channelId);
  });

  docs('channels: joining a public channel, and observing it', async (world) => {
    const [john] = await world.together('PUBLIC');
    const kitty = await world.user('jane');
    const joined = [];
    const unsubscribe = kitty.onChannelJoined((channel) => joined.push(channel.id));
    const { channel } = await kitty.getChannel(john.channel.id);
    assert.equal(handle(await kitty.joinChannel({ channel }), 'channel').id, channel.id);
    await until('it is observed', () => joined.includes(channel.id));
    unsubscribe();
  });

  docs('channels: reading a channel', { feature: 'receipts' }, async (world) => {
    const [kitty, john] = await world.together('PUBLIC', 'john');
    await john.sendMessage({ channel: john.channel, body: 'hello' });
    assert.equal(handle(await kitty.getChannelUnread({ channel: kitty.channel }), 'unread'), true);
    assert.equal(handle(await kitty.readChannel({ channel: kitty.channel }), 'channel').id, kitty.channel.id);
    assert.equal(handle(await kitty.getChannelUnread({ channel: kitty.channel }), 'unread'), false);
  });

  docs('messages: observing channel messages', { feature: 'messages' }, async (world) => {
    const [kitty, john] = await world.together('PUBLIC', 'john');
    const received = [];
    kitty.startChatSession({ channel: kitty.channel, [sdk.callback('onReceivedMessage')]: (message) => received.push(message.body) });
    await until('it is live', () => kitty.hears([kitty.channel._topics.messages]));
    await john.sendMessage({ channel: john.channel, body: 'Hello, world!' });
    await until('it is received', () => received.length > 0);
    assert.deepEqual(received, ['Hello, world!']);
  });

  docs('messages: sending a user file message', { feature: 'files' }, async (world) => {
    const [kitty] = await world.together('PUBLIC');
    const file = { url: 'https://files.example.org/cat.png', name: 'cat.png', contentType: 'image/png', size: 1024 };
    const result = await kitty.sendMessage({ channel: kitty.channel, file });
    assert.equal(handle(result, 'message').file.name, 'cat.png');
  });

  docs('online users, and changes of their presence', async (world) => {
    const kitty = await world.user('jane');
    const changes = [];
    kitty.onUserPresenceChanged(async (user) => {
      const presence = user.presence;
      changes.push([user.name, presence.online]);
    });
    const john = await world.user('john');
    await until('john came', () => changes.some(([name, online]) => name === john.username && online));
    const { items } = handle(await kitty.getUsers({ filter: { online: true, name: john.username } }), 'paginator');
    assert.deepEqual(items.map(({ name }) => name), [john.username]);
  });
});
