// Keeping others away: blocked users, users blocked in a channel, reported messages, deleted users.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, refused, succeeded } from './support/client.mjs';
import { until } from './support/until.mjs';

serve();

const reference = ({ username }) => ({ username });

area('blocked users', { feature: 'user-blocks' }, ({ sdk, method, event, rule }) => {
  const block = async (client, other) => {
    const { user } = succeeded(await client.getUser(other.user.id));
    return succeeded(await client.blockUser({ user })).user;
  };
  const list = async (client) => succeeded(await client.getUserBlockList({})).paginator.items;

  method('blockUser', 'is answered with the user', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    assert.equal((await block(jane, john)).id, john.user.id);
    assert.equal((await block(jane, john)).id, john.user.id, 'twice is once');
    assert.equal((await list(jane)).length, 1);
  });

  method('getUserBlockList', 'lists whom one blocked, oldest first', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    assert.deepEqual(await list(jane), []);
    await block(jane, jack);
    await block(jane, john);
    assert.deepEqual((await list(jane)).map(({ user }) => user.id), [jack.user.id, john.user.id]);
    assert.deepEqual(await list(john), []);
  });

  method('deleteUserBlockListItem', 'is answered with the user', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    await block(jane, john);
    const [item] = await list(jane);
    assert.equal(succeeded(await jane.deleteUserBlockListItem({ item })).user.id, john.user.id);
    assert.deepEqual(await list(jane), []);
  });

  event('user.user.blocked', 'is the result of blocking', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    await block(jane, john);
    const { result, topic } = jane.events('user.user.blocked')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.users);
    await john.fence();
    assert.equal(john.events('user.user.blocked').length, 0, 'and nobody else’s business');
  });

  event('user.user.unblocked', 'is the result of taking it back', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    await block(jane, john);
    const [item] = await list(jane);
    succeeded(await jane.deleteUserBlockListItem({ item }));
    const { result, topic } = jane.events('user.user.unblocked')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.users);
  });

  event('user.user_blocklist_item.created', 'comes after the result, without it', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    await block(jane, john);
    const { result, resource } = await jane.event('user.user_blocklist_item.created');
    assert.equal(result, undefined);
    assert.equal(resource.user.id, john.user.id);
  });

  method('onUserBlocked', 'is called on every device', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const [here, there] = [jane, tablet].map((client) => client.observe('onUserBlocked'));
    await block(jane, john);
    for (const blocked of [here, there]) assert.equal((await blocked.one()).user.id, john.user.id);
  });

  method('onUserUnblocked', 'is called on every device', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const [here, there] = [jane, tablet].map((client) => client.observe('onUserUnblocked'));
    await block(jane, john);
    const [item] = await list(jane);
    succeeded(await jane.deleteUserBlockListItem({ item }));
    for (const unblocked of [here, there]) assert.equal((await unblocked.one()).id, john.user.id);
  });

  rule('who blocked the caller is not called', { only: ['A5'] }, async (world) => {
    const [jane, john, jack] = await world.together('PRIVATE', 'john', 'jack');
    await block(john, jane);
    const [blocker, other] = [john, jack].map((client) => client.observe('onCallInvite'));
    succeeded(await jane.startCall({ channel: jane.channel }));
    await other.next();
    await john.fence();
    blocker.none();
  });
});

area('users blocked in a channel', { feature: 'channel-blocks' }, ({ method, event }) => {
  const block = async (client, other) => succeeded(await client.blockChannelUser({ channel: client.channel, user: reference(other) })).record;

  method('blockChannelUser', 'keeps them from writing there', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const record = await block(jane, john);
    assert.equal(record.user.id, john.user.id);
    refused(await john.sendMessage({ channel: john.channel, body: 'hello' }));
  });

  method('blockChannelUser', 'is for moderators', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    failed(await john.blockChannelUser({ channel: john.channel, user: reference(jane) }), 'AccessDeniedError');
    await block(jane, john);
  });

  method('listChannelBlockRecords', 'lists them, by a part of their name too', async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    await block(jane, john);
    await block(jane, jack);
    const list = async (filter) => succeeded(await jane.listChannelBlockRecords({ channel: jane.channel, filter })).paginator.items.map(({ user }) => user.id);
    assert.deepEqual(await list(), [john.user.id, jack.user.id], 'oldest first');
    assert.deepEqual(await list({ displayName: jack.username }), [jack.user.id]);
  });

  method('unblockChannelUser', 'takes it back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const record = await block(jane, john);
    assert.equal(succeeded(await jane.unblockChannelUser({ record })).record.user.id, john.user.id);
    const { paginator } = succeeded(await jane.listChannelBlockRecords({ channel: jane.channel }));
    assert.deepEqual(paginator.items, []);
  });

  event('user.channel.block_record_created', 'is the result of blocking', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    await block(jane, john);
    const { result, topic } = jane.events('user.channel.block_record_created')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.channels);
  });

  event('user.channel.block_record_deleted', 'is the result of taking it back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    succeeded(await jane.unblockChannelUser({ record: await block(jane, john) }));
    const { result, topic } = jane.events('user.channel.block_record_deleted')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.channels);
  });

  event('channel.block_record.created', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    await block(jane, john);
    assert.equal((await here.onMemberBlocked.one()).user.id, john.user.id);
  });

  event('channel.block_record.deleted', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    succeeded(await jane.unblockChannelUser({ record: await block(jane, john) }));
    assert.equal((await here.onMemberUnblocked.one()).user.id, john.user.id);
  });
});

area('reports', { feature: 'reports' }, ({ method, event }) => {
  const report = async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const { message } = succeeded(await jane.sendMessage({ channel: jane.channel, body: 'rude' }));
    const result = succeeded(await john.reportMessage({ message, reason: 'It is rude.', properties: { level: 3 } }));
    return { john, report: result.report };
  };

  method('reportMessage', 'is answered with the report', async (world) => {
    const { john, report: made } = await report(world);
    assert.equal(made.user.id, john.user.id);
    assert.equal(made.reason, 'It is rude.');
    assert.deepEqual(made.properties, { level: 3 });
  });

  event('user.message.reported', 'is the result', async (world) => {
    const { john } = await report(world);
    const { result, topic } = john.events('user.message.reported')[0];
    assert.ok(result);
    assert.equal(topic, john.user._topics.messages);
  });
});

area('deleted users', { feature: 'user-deletion' }, ({ method, event }) => {
  method('deleteUser', 'deletes oneself, for good', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const { user } = succeeded(await jane.deleteUser({ user: jane.user }));
    assert.equal(user.id, jane.user.id);
    jane.hasSession = false; // it is evicted
    const gone = async () => succeeded(await john.getUsers({ filter: { name: jane.username } })).paginator.items.length === 0;
    await until('nobody finds the user', gone);
  });

  method('deleteUser', 'does not delete others', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const { user } = succeeded(await jane.getUser(john.user.id));
    failed(await jane.deleteUser({ user }), 'AccessDeniedError');
    succeeded(await john.deleteUser({ user: john.user })); // who may
    john.hasSession = false;
  });

  event('user.self.deleted', 'is the result', async (world) => {
    const jane = await world.user('jane');
    succeeded(await jane.deleteUser({ user: jane.user }));
    jane.hasSession = false;
    const { result, topic } = jane.events('user.self.deleted')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.self);
  });
});
