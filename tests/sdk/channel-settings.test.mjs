// Channels after they are made: changing, deleting, hiding, clearing, moderators, custom events.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, refused, succeeded } from './support/client.mjs';

serve();

const ids = ({ paginator }) => paginator.items.map(({ id }) => id);
const reference = ({ username }) => ({ username });
const own = (client, type) => client.events(type).filter(({ resource }) => resource.id === client.channel.id);

area('channel updates', { feature: 'channel-updates' }, ({ method, event }) => {
  const change = async (client, members) => succeeded(await client.updateChannel({ channel: { ...client.channel, ...members } })).channel;

  method('updateChannel', 'changes names and properties, and nothing else', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const channel = await change(jane, { id: 1, type: 'PRIVATE', displayName: 'Everybody', properties: { topic: 'tea' } });
    const expected = { ...jane.channel, displayName: 'Everybody', properties: { topic: 'tea' } };
    assert.deepEqual(channel, expected);
    assert.equal(succeeded(await john.getChannel(channel.id)).channel.displayName, 'Everybody');
    failed(await jane.updateChannel({ channel: { ...jane.channel, properties: 'not an object' } }), 'ValidationError');
  });

  method('updateChannel', 'is not for strangers', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const stranger = await world.user('stranger');
    const { channel } = succeeded(await stranger.getChannel(jane.channel.id));
    failed(await stranger.updateChannel({ channel: { ...channel, displayName: 'Mine' } }), 'AccessDeniedError');
  });

  method('onChannelUpdated', 'is called for every member', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [jane, john].map((client) => client.observe('onChannelUpdated'));
    await change(jane, { displayName: 'Everybody' });
    for (const updated of [here, there]) assert.equal((await updated.one()).displayName, 'Everybody');
  });

  for (const type of ['user.channel.updated', 'me.channel.updated']) {
    event(type, 'is the result, and reaches members', async (world) => {
      const [jane, john] = await world.together('PUBLIC', 'john');
      await change(jane, { displayName: 'Everybody' });
      assert.equal(own(jane, type).filter(({ result }) => result).length, 1);
      const { result, resource } = await john.event(type);
      assert.equal(result, undefined);
      assert.deepEqual(resource._actions, john.channel._actions, 'as the member sees it');
    });
  }

  event('channel.self.updated', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    await change(jane, { displayName: 'Everybody' });
    for (const chat of [here, there]) assert.equal((await chat.onChannelUpdated.one()).displayName, 'Everybody');
  });

  method('deleteChannel', 'takes it away from everybody', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    failed(await john.deleteChannel({ channel: john.channel }), 'AccessDeniedError');
    succeeded(await jane.deleteChannel({ channel: jane.channel }));
    for (const client of [jane, john]) {
      failed(await client.getChannel(client.channel.id), 'NotFoundError');
      assert.deepEqual(ids(succeeded(await client.getChannels({ filter: { joined: true } }))), []);
    }
  });

  event('user.channel.deleted', 'is the result, and reaches members', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    succeeded(await jane.deleteChannel({ channel: jane.channel }));
    assert.equal(own(jane, 'user.channel.deleted').filter(({ result }) => result).length, 1);
    await john.event('user.channel.deleted', ({ id }) => id === john.channel.id);
  });

  method('onChannelDeleted', 'is called for every member', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const deleted = john.observe('onChannelDeleted');
    succeeded(await jane.deleteChannel({ channel: jane.channel }));
    await deleted.next(({ id }) => id === john.channel.id);
  });

  event('channel.self.deleted', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    succeeded(await jane.deleteChannel({ channel: jane.channel }));
    await there.onChannelDeleted.next(({ id }) => id === john.channel.id);
  });
});

area('moderators', { feature: 'moderators' }, ({ sdk, method, event, rule }) => {
  method('addChannelModerator', 'lets a member do what the creator may', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const { channel } = succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    assert.equal(channel.id, jane.channel.id);
    const seen = succeeded(await john.getChannel(channel.id)).channel;
    assert.ok(seen._actions.addModerator && seen._actions.deleteModerator);
  });

  method('addChannelModerator', 'is for moderators of group channels', async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    assert.throws(() => john.kitty.addChannelModerator({ channel: john.channel, user: reference(jack) }), ({ error, type }) => (
      (error ?? type).startsWith('CannotAddModeratorToChannel')
    ));
    const forged = { ...john.channel, _actions: jane.channel._actions };
    failed(await john.addChannelModerator({ channel: forged, user: reference(jack) }), 'AccessDeniedError');
    const stranger = await world.user('stranger');
    refused(await jane.addChannelModerator({ channel: jane.channel, user: reference(stranger) }));
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: { id: jack.user.id } }));
  });

  method('deleteChannelModerator', 'takes it back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    const { channel } = succeeded(await jane.deleteChannelModerator({ channel: jane.channel, user: reference(john) }));
    assert.equal(channel.id, jane.channel.id);
    const seen = succeeded(await john.getChannel(channel.id)).channel;
    assert.equal(seen._actions.addModerator, undefined);
  });

  method('listChannelModerators', 'lists who was added', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john', 'jack');
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    const found = ids(succeeded(await john.listChannelModerators({ channel: john.channel })));
    assert.deepEqual(found.sort(), [jane.user.id, john.user.id].sort());
  });

  event('channel.moderator.added', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    assert.equal((await there.onModeratorAdded.one()).id, john.user.id);
    await there.onChannelUpdated.next(({ id }) => id === john.channel.id);
  });

  event('channel.moderator.deleted', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    succeeded(await jane.deleteChannelModerator({ channel: jane.channel, user: reference(john) }));
    assert.equal((await there.onModeratorDeleted.one()).id, john.user.id);
  });

  rule('a moderator removes a member', { only: ['C2'] }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const left = john.observe('onChannelLeft');
    const { channel } = succeeded(await jane.leaveChannel({ channel: jane.channel, user: reference(john) }));
    assert.equal(channel.id, jane.channel.id);
    await left.next(({ id }) => id === john.channel.id);
    const { paginator } = succeeded(await jane.getChannelMembers({ channel: jane.channel }));
    assert.deepEqual(paginator.items.map(({ id }) => id), [jane.user.id]);
    const again = succeeded(await john.joinChannel({ channel: succeeded(await john.getChannel(john.channel.id)).channel })).channel;
    failed(await john.leaveChannel({ channel: again, user: reference(jane) }), 'AccessDeniedError');
  });

  rule('moderators are told of to every member', { not: ['A5'] }, async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const [here, there] = [john, jack].map((client) => client.observe('onChannelUpdated'));
    succeeded(await jane.addChannelModerator({ channel: jane.channel, user: reference(john) }));
    assert.ok((await here.one())._actions.addModerator);
    assert.equal((await there.one())._actions.addModerator, undefined);
  });
});

area('hiding', { feature: 'hide' }, ({ sdk, method, event, rule }) => {
  const listed = async (client) => ids(succeeded(await client.getChannels({ filter: { joined: true } })));

  method('hideChannel', 'takes a direct channel off one’s own list', async (world) => {
    const [jane, john] = await world.together('DIRECT', 'john');
    const { channel } = succeeded(await jane.hideChannel({ channel: jane.channel }));
    assert.equal(channel.id, jane.channel.id);
    assert.deepEqual(await listed(jane), []);
    assert.deepEqual(await listed(john), [john.channel.id]);
    const [group] = await world.together('PRIVATE');
    refused(await group.hideChannel({ channel: group.channel }));
  });

  method('onChannelHidden', 'is called on every device', async (world) => {
    const [jane] = await world.together('DIRECT', 'john');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const [here, there] = [jane, tablet].map((client) => client.observe('onChannelHidden'));
    succeeded(await jane.hideChannel({ channel: jane.channel }));
    for (const hidden of [here, there]) await hidden.next(({ id }) => id === jane.channel.id);
  });

  event('user.channel.hidden', 'is the result', async (world) => {
    const [jane] = await world.together('DIRECT', 'john');
    succeeded(await jane.hideChannel({ channel: jane.channel }));
    assert.equal(own(jane, 'user.channel.hidden').filter(({ result }) => result).length, 1);
  });

  method('onChannelUnhidden', 'is called when a message comes', async (world) => {
    const [jane, john] = await world.together('DIRECT', 'john');
    const unhidden = jane.observe('onChannelUnhidden');
    succeeded(await jane.hideChannel({ channel: jane.channel }));
    succeeded(await john.sendMessage({ channel: john.channel, body: 'hello' }));
    await unhidden.next(({ id }) => id === jane.channel.id);
    assert.deepEqual(await listed(jane), [jane.channel.id]);
  });

  event('user.channel.unhidden', 'comes when the channel is made again', async (world) => {
    const [jane, john] = await world.together('DIRECT', 'john');
    succeeded(await jane.hideChannel({ channel: jane.channel }));
    const { channel } = succeeded(await jane.createChannel({ type: 'DIRECT', members: [reference(john)] }));
    assert.equal(channel.id, jane.channel.id);
    await jane.event('user.channel.unhidden', ({ id }) => id === channel.id);
    assert.deepEqual(await listed(jane), [channel.id]);
  });

  rule('a hidden channel is still there for who asks for it', async (world) => {
    const [jane] = await world.together('DIRECT', 'john');
    succeeded(await jane.hideChannel({ channel: jane.channel }));
    assert.equal(succeeded(await jane.getChannel(jane.channel.id)).channel.id, jane.channel.id);
  });
});

area('clearing', { feature: 'history' }, ({ method, event }) => {
  const send = async (client, body) => succeeded(await client.sendMessage({ channel: client.channel, body })).message;
  const history = async (client) => ids(succeeded(await client.getMessages({ channel: client.channel })));

  method('clearChannelHistory', 'hides what was said so far, for oneself', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const before = await send(jane, 'before');
    const { channel } = succeeded(await jane.clearChannelHistory({ channel: jane.channel }));
    assert.equal(channel.id, jane.channel.id);
    assert.equal(channel.lastReceivedMessage, undefined);
    assert.deepEqual(await history(jane), []);
    const after = await send(john, 'after');
    assert.deepEqual(await history(jane), [after.id]);
    assert.deepEqual(await history(john), [after.id, before.id]);
  });

  event('user.channel.history_cleared', 'is the result', async (world) => {
    const [jane] = await world.together('PUBLIC');
    succeeded(await jane.clearChannelHistory({ channel: jane.channel }));
    const { result, topic } = own(jane, 'user.channel.history_cleared')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.channels);
  });
});

area('custom events', { feature: 'custom-events' }, ({ method, event }) => {
  method('triggerEvent', 'reaches everybody in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    const { channel } = succeeded(await jane.triggerEvent({ channel: jane.channel, type: 'wave', properties: { hand: 'left' } }));
    assert.equal(channel.id, jane.channel.id);
    for (const chat of [here, there]) {
      const { type, user, properties } = await chat.onEventTriggered.one();
      assert.deepEqual([type, user.id, properties], ['wave', jane.user.id, { hand: 'left' }]);
    }
  });

  method('triggerEvent', 'is for members', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const stranger = await world.user('stranger');
    failed(await stranger.triggerEvent({ channel: jane.channel, type: 'wave', properties: {} }), 'AccessDeniedError');
  });

  event('channel.event.triggered', 'comes in order, once', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    for (const type of ['one', 'two', 'three']) succeeded(await jane.triggerEvent({ channel: jane.channel, type, properties: {} }));
    await there.onEventTriggered.next(({ type }) => type === 'three');
    assert.deepEqual(there.onEventTriggered.calls.map(([{ type }]) => type), ['one', 'two', 'three']);
  });
});
