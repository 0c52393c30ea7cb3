// Connections of the newer packages: the current user, notifications and unread counts, kept up to date.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { Recorder } from './support/recorder.mjs';
import { until } from './support/until.mjs';

serve();

const watch = (reactive, name) => {
  const recorder = new Recorder(name);
  reactive.watch(recorder.record);
  return recorder;
};

area('connections', { connects: true, only: ['K25', 'C2'] }, ({ sdk, method, event }) => {
  // A connection of jane, and john who writes to her. John has another package: the older of these only connects.
  const withSender = async (world) => {
    const jane = await world.connection('jane');
    const john = await world.user('john', { sdk: 'J1' });
    const { channel } = succeeded(await john.createChannel({ type: 'DIRECT', members: [{ username: jane.username }] }));
    return { jane, john, channel, write: async (body) => succeeded(await john.sendMessage({ channel, body })).message };
  };

  method('connectApi', 'begins a session and knows what is unread', async (world) => {
    const { api, username } = await world.connection('jane');
    assert.equal(api.user.value.name, username);
    assert.equal(api.unreadChannelsCount.value, 0);
    assert.equal(api.unreadMessagesCount.value, 0);
  });

  method('connectApi', 'fails with a key that nobody knows', async (world) => {
    await assert.rejects(world.connection('jane', { apiKey: 'not the key' }), (error) => error instanceof Error && error.message !== '');
  });

  method('ApiConnection.updateUser', 'changes the current user', async (world) => {
    const { api, username } = await world.connection('jane');
    await api.updateUser({ displayName: 'Jane', properties: { team: 'red' } });
    await until('it is known', () => api.user.value.displayName === 'Jane');
    const john = await world.user('john', { sdk: 'J1' });
    const { paginator } = succeeded(await john.getUsers({ filter: { name: username } }));
    assert.deepEqual(paginator.items.map(({ displayName, properties }) => [displayName, properties]), [['Jane', { team: 'red' }]]);
  });

  method('ApiConnection.user.watch', 'tells of changes', async (world) => {
    const { api } = await world.connection('jane');
    const user = watch(api.user, 'user');
    await api.updateUser({ displayName: 'Jane' });
    await user.next(({ displayName }) => displayName === 'Jane');
  });

  method('ApiConnection.dispose', 'ends the session', async (world) => {
    const jane = await world.connection('jane');
    const john = await world.user('john', { sdk: 'J1' });
    const presence = john.observe('onUserPresenceChanged');
    await jane.end();
    await presence.next(({ name, presence: { online } }) => name === jane.username && !online);
    await until('the socket is closed', () => jane.sockets[0].readyState === WebSocket.CLOSED);
    assert.equal(jane.sockets.length, 1);
  });

  method('ApiConnection.getSdkClient', 'shares the connection', async (world) => {
    const { api, username, sockets } = await world.connection('jane');
    const { user } = succeeded(await api.getSdkClient().retrieveCurrentUser());
    assert.equal(user.name, username);
    assert.equal(sockets.length, 1);
  });

  method('ApiConnection.onDispose', 'is called at the end', async (world) => {
    const jane = await world.connection('jane');
    const disposed = new Recorder('disposed');
    jane.api.onDispose(async () => disposed.record());
    await jane.end();
    disposed.once();
  });

  method('ApiConnection.notifications.watch', 'tells of notifications', { feature: 'notifications' }, async (world) => {
    const { jane, write } = await withSender(world);
    const notifications = watch(jane.api.notifications, 'notifications');
    const message = await write('hello');
    const { data } = await notifications.one();
    assert.equal(data.message.id, message.id);
  });

  event('user.notification.created', 'comes to connections', { feature: 'notifications' }, async (world) => {
    const { jane, write } = await withSender(world);
    const notifications = watch(jane.api.notifications, 'notifications');
    for (const body of ['one', 'two']) {
      await write(body);
      await notifications.next((notification) => notification.body === body);
    }
  });

  method('ApiConnection.unreadMessagesCount.watch', 'counts what comes', { feature: 'receipts' }, async (world) => {
    const { jane, write } = await withSender(world);
    const count = watch(jane.api.unreadMessagesCount, 'unread messages');
    await write('one');
    await count.next((unread) => unread === 1);
    await write('two');
    await count.next((unread) => unread === 2);
  });

  method('ApiConnection.unreadChannelsCount.watch', 'counts where it comes', { feature: 'receipts' }, async (world) => {
    const { jane, write } = await withSender(world);
    const count = watch(jane.api.unreadChannelsCount, 'unread channels');
    await write('one');
    await count.next((unread) => unread === 1);
    await write('two');
    assert.equal(jane.api.unreadChannelsCount.value, 1);
  });

  event('message.read_receipt.created', 'takes off what was read elsewhere', { feature: 'receipts' }, async (world) => {
    const { jane, channel, write } = await withSender(world);
    const counts = [watch(jane.api.unreadMessagesCount, 'messages'), watch(jane.api.unreadChannelsCount, 'channels')];
    await write('hello');
    for (const count of counts) await count.next((unread) => unread === 1);
    const tablet = await world.user('jane', { sdk: 'J1', username: jane.username });
    succeeded(await tablet.readChannel({ channel: succeeded(await tablet.getChannel(channel.id)).channel }));
    for (const count of counts) await until('nothing is unread', () => count.calls.at(-1)[0] === 0);
  });

  method('template', 'is for the page of the chat', async () => {
    const { template } = await sdk.package();
    assert.deepEqual(template`hello ${'you'}`.values, ['you']);
  });
});
