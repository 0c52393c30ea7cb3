// A lost connection: the client comes back after 5 s, is the same session, and misses nothing.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { until, within } from './support/until.mjs';

// Longer than the 5 s after which clients come back, shorter than the patience of a case.
const GRACE_SECS = 9;
const RETURN_MS = 20_000;

serve({ WHISKER_GATEWAY__OFFLINE_GRACE_SECS: String(GRACE_SECS) });

area('reconnect', { waits: true }, ({ sdk, method, event, rule }) => {
  const behindProxy = async (world, word) => {
    const proxy = await world.proxy();
    const client = await world.user(word, { host: proxy.host });
    return { client, proxy };
  };

  const returned = (client, connections) => until(
    `${client.username} is back`,
    () => client.sockets.length >= connections && client.hears(Object.values(client.topicsOf(client.user))),
    RETURN_MS,
  );

  rule('the session goes on, with the ids and receipts it had', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const [first] = jane.sockets;
    proxy.cut();
    await returned(jane, 2);
    const [, second] = jane.sockets;
    const topics = ({ log }) => log.filter(({ command, headers }) => command === 'SUBSCRIBE' && headers.ack)
      .map(({ headers: { id, receipt, destination } }) => ({ id, receipt, destination }));
    assert.deepEqual(topics(second), topics(first));
    if (sdk.code !== 'A5') { // which says nothing of the session it had
      const connected = first.log.find(({ command }) => command === 'CONNECTED');
      const connect = second.log.find(({ command }) => command === 'CONNECT');
      assert.equal(connect.headers['StompX-Auth-Session-ID'], connected.headers.session);
    }
    succeeded(await jane.getCurrentUser());
  });

  rule('nobody notices a short absence', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const john = await world.user('john');
    const presence = john.observe('onUserPresenceChanged');
    proxy.cut();
    await returned(jane, 2);
    await john.fence();
    presence.none(({ id }) => id === jane.user.id);
  });

  rule('a long absence is noticed', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const john = await world.user('john');
    const presence = john.observe('onUserPresenceChanged');
    proxy.cut({ refuse: true });
    const gone = () => presence.matching(({ id, presence: { online } }) => id === jane.user.id && !online).length > 0;
    await until('jane is offline', gone, 2 * RETURN_MS);
    proxy.restore();
    await returned(jane, 2);
    await presence.next(({ id, presence: { online } }) => id === jane.user.id && online);
  });

  rule('what happened meanwhile arrives, once, in order', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const john = await world.user('john');
    const joined = jane.observe('onChannelJoined');
    proxy.cut();
    const made = [];
    for (const number of [1, 2, 3]) {
      const request = { type: 'PRIVATE', name: world.name(`channel-${number}`), members: [{ username: jane.username }] };
      made.push(succeeded(await john.createChannel(request)).channel.id);
    }
    await until('all have arrived', () => joined.calls.length >= made.length, RETURN_MS);
    await returned(jane, 2);
    await jane.fence();
    assert.deepEqual(joined.calls.map(([{ id }]) => id), made);
  });

  rule('an action whose answer was lost is done once, and answered after all', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const john = await world.user('john');
    const joined = john.observe('onChannelJoined');
    proxy.mute();
    const request = { type: 'PRIVATE', name: world.name('channel'), members: [{ username: john.username }] };
    const creating = within('the action', jane.kitty.createChannel(request), RETURN_MS);
    const { id } = await joined.one();
    proxy.cut();
    assert.equal(succeeded(await creating).channel.id, id);
    const { paginator } = succeeded(await jane.getChannels({ filter: { joined: true } }));
    assert.deepEqual(paginator.items.map((channel) => channel.id), [id]);
  });

  rule('what is asked for while away is answered afterwards', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    proxy.cut();
    await until('the client knows', () => jane.sockets[0].readyState === WebSocket.CLOSED);
    const name = world.name('channel');
    const [created, users] = await Promise.all([
      within('the action', jane.kitty.createChannel({ type: 'PUBLIC', name }), RETURN_MS),
      within('the relay', jane.kitty[sdk.method('getUsers')](), RETURN_MS),
    ]);
    assert.equal(succeeded(created).channel.name, name);
    succeeded(users);
  });

  rule('a chat session goes on', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const [john, jack] = await world.users('john', 'jack');
    const members = [john, jack].map(({ username }) => ({ username }));
    const { channel } = succeeded(await jane.createChannel({ type: 'PUBLIC', name: world.name('chat'), members }));
    const here = await jane.enter(channel);
    const there = await john.enter(succeeded(await john.getChannel(channel.id)).channel);
    await here.onParticipantEnteredChat.next(({ id }) => id === john.user.id);
    proxy.cut();
    await jack.enter(succeeded(await jack.getChannel(channel.id)).channel);
    await returned(jane, 2);
    await here.onParticipantEnteredChat.next(({ id }) => id === jack.user.id);
    await john.fence();
    there.onParticipantLeftChat.none();
  });

  rule('messages sent meanwhile arrive in the chat, once, in order', { feature: 'messages' }, async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const john = await world.user('john');
    const members = [{ username: john.username }];
    const { channel } = succeeded(await jane.createChannel({ type: 'DIRECT', members }));
    const here = await jane.enter(channel);
    const seen = succeeded(await john.getChannel(channel.id)).channel;
    const bodies = ['before', 'while away', 'while away, too', 'after'];
    const send = async (body) => succeeded(await john.sendMessage({ channel: seen, body }));
    await send(bodies[0]);
    proxy.cut();
    await send(bodies[1]);
    await send(bodies[2]);
    await returned(jane, 2);
    await send(bodies[3]);
    await until('all have arrived', () => here.onReceivedMessage.calls.length >= bodies.length, RETURN_MS);
    await jane.fence();
    assert.deepEqual(here.onReceivedMessage.calls.map(([{ body }]) => body), bodies);
  });

  method('onCurrentUserOnline', 'is called again after a reconnect', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const [online, offline] = [jane.observe('onCurrentUserOnline'), jane.observe('onCurrentUserOffline')];
    const before = online.calls.length;
    proxy.cut();
    await offline.next();
    await until('it is called', () => online.calls.length > before, RETURN_MS);
  });

  method('onCurrentUserChanged', 'tells what changed while the client was away', async (world) => {
    const { client: jane, proxy } = await behindProxy(world, 'jane');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const changed = jane.observe('onCurrentUserChanged');
    proxy.cut();
    succeeded(await tablet.updateCurrentUser((user) => ({ ...user, displayName: 'Jane Doe' })));
    await until('it is told', () => changed.matching((user) => user?.displayName === 'Jane Doe').length > 0, RETURN_MS);
  });
});
