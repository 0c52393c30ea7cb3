// Channels: kinds, membership, invitations, lists, what each user may do.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded, throws } from './support/client.mjs';

serve();

const PERMISSIONS = ['join', 'leave', 'invite', 'addModerator', 'deleteModerator'];

// Which of the keys that stand for a permission the viewer has.
const may = ({ _actions }) => PERMISSIONS.filter((key) => key in _actions);
const ids = ({ paginator }) => paginator.items.map(({ id }) => id);
const names = (users) => users.map(({ name }) => name).sort();
const reference = (client) => ({ username: client.username });

area('channels', ({ sdk, method, event, rule }) => {
  const create = async (client, request) => succeeded(await client.createChannel(request)).channel;
  const read = async (client, channel) => succeeded(await client.getChannel(channel.id)).channel;

  method('createChannel', 'makes a public channel with its name, properties and creator', async (world) => {
    const jane = await world.user('jane');
    const name = world.name('public');
    const channel = await create(jane, { type: 'PUBLIC', name, displayName: 'Everybody', properties: { topic: 'tea' } });
    assert.equal(channel.type, 'PUBLIC');
    assert.equal(channel.name, name);
    assert.equal(channel.displayName, 'Everybody');
    assert.deepEqual(channel.properties, { topic: 'tea' });
    assert.equal(channel.creator.id, jane.user.id);
    assert.equal(channel.members, undefined);
    assert.equal(channel.lastReceivedMessage, undefined);
    assert.deepEqual(may(channel), ['leave', 'invite', 'addModerator', 'deleteModerator']);
    assert.deepEqual(await read(jane, channel), channel);
  });

  method('createChannel', 'finds a name where none is given', async (world) => {
    const jane = await world.user('jane');
    const [one, two] = [await create(jane, { type: 'PUBLIC' }), await create(jane, { type: 'PRIVATE' })];
    assert.ok(one.name && two.name && one.name !== two.name);
    assert.equal(one.displayName, one.name);
  });

  method('createChannel', 'makes a private channel of those who are named', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    const members = [reference(john), { id: jack.user.id }];
    const channel = await create(jane, { type: 'PRIVATE', name: world.name('private'), members });
    assert.equal(channel.type, 'PRIVATE');
    const { paginator } = succeeded(await jane.getChannelMembers({ channel }));
    assert.deepEqual(names(paginator.items), [jane, john, jack].map(({ username }) => username).sort());
    assert.deepEqual(may(await read(john, channel)), ['leave', 'invite'], 'a member that is no moderator');
  });

  method('createChannel', 'makes one direct channel of a set of users', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    const channel = await create(jane, { type: 'DIRECT', members: [reference(john)] });
    assert.equal(channel.type, 'DIRECT');
    assert.deepEqual(names(channel.members), names([jane.user, john.user]));
    assert.deepEqual(may(channel), []);
    const same = await create(john, { type: 'DIRECT', members: [reference(john), reference(jane)] });
    assert.equal(same.id, channel.id, 'whoever asks, and whether or not they list themselves');
    const other = await create(jane, { type: 'DIRECT', members: [reference(john), reference(jack)] });
    assert.notEqual(other.id, channel.id);
    assert.equal(other.members.length, 3);
  });

  method('createChannel', 'refuses what cannot be', async (world) => {
    const jane = await world.user('jane');
    const name = world.name('taken');
    await create(jane, { type: 'PUBLIC', name });
    failed(await jane.createChannel({ type: 'PUBLIC', name }), 'ConflictError');
    failed(await jane.createChannel({ type: 'PRIVATE', name }), 'ConflictError');
    failed(await jane.createChannel({ type: 'SECRET', name: world.name('secret') }), 'ValidationError');
    failed(await jane.createChannel({ type: 'DIRECT', members: [{ username: world.name('nobody') }] }), 'ValidationError');
    failed(await jane.createChannel({ type: 'PUBLIC', name: 'x'.repeat(1000) }), 'ValidationError');
  });

  event('user.channel.created', 'is the result of a new channel', async (world) => {
    const jane = await world.user('jane');
    const channel = await create(jane, { type: 'PUBLIC', name: world.name('public') });
    const { result, topic, resource } = jane.events('user.channel.created')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.channels);
    assert.equal(resource.id, channel.id);
    await jane.event('user.channel.joined', ({ id }) => id === channel.id);
  });

  event('user.channel.upserted', 'is the result of a direct channel that was there', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'DIRECT', members: [reference(john)] });
    await create(john, { type: 'DIRECT', members: [reference(jane)] });
    const events = john.events('user.channel.upserted');
    assert.equal(events.length, 1);
    assert.ok(events[0].result);
    assert.equal(events[0].resource.id, channel.id);
  });

  event('me.channel.created', 'bears the result for the oldest clients', async (world) => {
    const jane = await world.user('jane');
    await create(jane, { type: 'PUBLIC', name: world.name('public') });
    assert.equal(jane.events('me.channel.created').filter(({ result }) => result).length, 1);
    assert.equal(jane.events('user.channel.created').filter(({ result }) => result).length, 0);
  });

  event('me.channel.upserted', 'bears the result for the oldest clients', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    await create(jane, { type: 'DIRECT', members: [reference(john)] });
    await create(john, { type: 'DIRECT', members: [reference(jane)] });
    assert.equal(john.events('me.channel.upserted').filter(({ result }) => result).length, 1);
  });

  method('getChannels', 'lists what is visible: own and public channels', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const team = world.name('team');
    const open = await create(john, { type: 'PUBLIC', name: `${team}-open` });
    await create(john, { type: 'PRIVATE', name: `${team}-secret` });
    const own = await create(jane, { type: 'PRIVATE', name: `${team}-own` });
    const found = succeeded(await jane.getChannels({ filter: { name: team } }));
    if (sdk.code === 'A5') assert.ok([open, own].every(({ id }) => ids(found).includes(id)), 'it sends no name');
    else assert.deepEqual(ids(found).sort(), [open.id, own.id].sort());
  });

  method('getChannels', 'lists without a filter', async (world) => {
    const jane = await world.user('jane');
    const channel = await create(jane, { type: 'PRIVATE', name: world.name('own') });
    const { paginator } = succeeded(await jane.getChannels());
    const found = paginator.items.find(({ id }) => id === channel.id);
    assert.deepEqual(found, channel, 'a list holds what a single one is');
  });

  method('getChannels', 'lists the joined ones', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const mine = await create(jane, { type: 'PUBLIC', name: world.name('mine') });
    const open = await create(john, { type: 'PUBLIC', name: world.name('open') });
    assert.deepEqual(ids(succeeded(await jane.getChannels({ filter: { joined: true } }))), [mine.id]);
    succeeded(await jane.joinChannel({ channel: await read(jane, open) }));
    assert.deepEqual(new Set(ids(succeeded(await jane.getChannels({ filter: { joined: true } })))), new Set([mine.id, open.id]));
  });

  method('getChannels', 'lists the ones that can be joined', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const team = world.name('team');
    const open = await create(john, { type: 'PUBLIC', name: `${team}-open` });
    await create(john, { type: 'PRIVATE', name: `${team}-secret` });
    await create(jane, { type: 'PUBLIC', name: `${team}-mine` });
    const found = succeeded(await jane.getChannels({ filter: { joined: false, name: team } }));
    const ours = found.paginator.items.filter(({ name }) => name.startsWith(team));
    assert.deepEqual(ours.map(({ id }) => id), [open.id]);
    assert.deepEqual(may(ours[0]), ['join']);
  });

  method('getChannel', 'gives a channel to who may see it, and hides it from others', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const secret = await create(jane, { type: 'PRIVATE', name: world.name('secret') });
    assert.equal((await read(jane, secret)).name, secret.name);
    failed(await john.getChannel(secret.id), 'NotFoundError');
    failed(await john.getChannel(987_654_321), 'NotFoundError');
    failed(await john.getChannel(undefined), 'NotFoundError');
  });

  method('joinChannel', 'makes a member of a public channel', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const open = await create(john, { type: 'PUBLIC', name: world.name('open') });
    const { channel } = succeeded(await jane.joinChannel({ channel: await read(jane, open) }));
    assert.equal(channel.id, open.id);
    assert.deepEqual(may(channel), ['leave', 'invite']);
    const { paginator } = succeeded(await john.getChannelMembers({ channel: open }));
    assert.deepEqual(names(paginator.items), names([jane.user, john.user]));
  });

  method('joinChannel', 'is thrown out of channels that nobody can join', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const secret = await create(john, { type: 'PRIVATE', name: world.name('secret') });
    throws(() => jane.kitty.joinChannel({ channel: secret }), 'ChannelNotPubliclyJoinableError');
    const forged = { ...secret, _actions: { ...secret._actions, join: secret._actions.read.replace(/read$/, 'join') } };
    failed(await jane.joinChannel({ channel: forged }), 'NotFoundError');
  });

  method('leaveChannel', 'ends the membership', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const open = await create(john, { type: 'PUBLIC', name: world.name('open'), members: [reference(jane)] });
    const left = succeeded(await jane.leaveChannel({ channel: await read(jane, open) })).channel;
    assert.equal(left.id, open.id);
    assert.deepEqual(may(left), ['join']);
    const { paginator } = succeeded(await john.getChannelMembers({ channel: open }));
    assert.deepEqual(names(paginator.items), [john.username]);
    throws(() => jane.kitty.leaveChannel({ channel: left }), 'NotAChannelMemberError');
  });

  method('inviteUser', 'makes another user a member', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const joined = john.observe('onChannelJoined');
    const channel = await create(jane, { type: 'PRIVATE', name: world.name('private') });
    const { user } = succeeded(await jane.inviteUser({ channel, user: reference(john) }));
    assert.equal(user.id, john.user.id);
    const seen = await joined.one(({ id }) => id === channel.id);
    assert.deepEqual(may(seen), ['leave', 'invite'], 'as the invited user sees it');
    failed(await jane.inviteUser({ channel, user: { username: world.name('nobody') } }), 'NotFoundError');
  });

  method('inviteUser', 'is thrown out of direct channels', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    const channel = await create(jane, { type: 'DIRECT', members: [reference(john)] });
    throws(() => jane.kitty.inviteUser({ channel, user: reference(jack) }), 'ChannelNotInvitableError');
  });

  event('user.user.invited', 'is the result of an invitation', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'PUBLIC', name: world.name('open') });
    succeeded(await jane.inviteUser({ channel, user: { id: john.user.id } }));
    const { result, topic, resource } = jane.events('user.user.invited')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.users);
    assert.equal(resource.id, john.user.id);
  });

  method('getChannelMembers', 'lists by display name, and by a part of it', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    for (const [client, displayName] of [[jane, 'Zoe'], [john, 'Max Red'], [jack, 'Ann Red']]) {
      succeeded(await client.updateCurrentUser((user) => ({ ...user, displayName })));
    }
    const members = [reference(john), reference(jack)];
    const channel = await create(jane, { type: 'PRIVATE', name: world.name('team'), members });
    const all = succeeded(await jane.getChannelMembers({ channel }));
    assert.deepEqual(all.paginator.items.map(({ displayName }) => displayName), ['Ann Red', 'Max Red', 'Zoe']);
    if (sdk.code === 'A5') return; // it has no filter
    const some = succeeded(await jane.getChannelMembers({ channel, filter: { displayName: 'red' } }));
    assert.deepEqual(some.paginator.items.map(({ displayName }) => displayName), ['Ann Red', 'Max Red']);
  });

  method('listChannelModerators', 'lists the creator', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'PUBLIC', name: world.name('open'), members: [reference(john)] });
    const { paginator } = succeeded(await john.listChannelModerators({ channel: await read(john, channel) }));
    assert.deepEqual(paginator.items.map(({ id }) => id), [jane.user.id]);
  });

  method('onChannelJoined', 'is called for the one who joins, on every device', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const [here, there, other] = [jane, tablet, john].map((client) => client.observe('onChannelJoined'));
    const open = await create(john, { type: 'PUBLIC', name: world.name('open') });
    await other.next(({ id }) => id === open.id);
    succeeded(await jane.joinChannel({ channel: await read(jane, open) }));
    await here.next(({ id }) => id === open.id);
    await there.next(({ id }) => id === open.id);
    await john.fence();
    other.once();
  });

  for (const type of ['user.channel.joined', 'me.channel.joined']) {
    event(type, 'reaches who is named when a channel is made', async (world) => {
      const [jane, john, jack] = await world.users('jane', 'john', 'jack');
      const [john_, jack_] = [john, jack].map((client) => client.observe('onChannelJoined'));
      const direct = await create(jane, { type: 'DIRECT', members: [reference(john)] });
      const secret = await create(jane, { type: 'PRIVATE', name: world.name('secret'), members: [reference(jack)] });
      assert.deepEqual(names((await john_.one()).members), names(direct.members));
      await john.event(type, ({ id }) => id === direct.id);
      await jack_.next(({ id }) => id === secret.id);
      john_.none(({ id }) => id === secret.id);
    });
  }

  method('onChannelLeft', 'is called for the one who leaves', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const open = await create(john, { type: 'PUBLIC', name: world.name('open'), members: [reference(jane)] });
    const [here, other] = [jane, john].map((client) => client.observe('onChannelLeft'));
    succeeded(await jane.leaveChannel({ channel: await read(jane, open) }));
    await here.next(({ id }) => id === open.id);
    await john.fence();
    other.none();
  });

  for (const type of ['user.channel.left', 'me.channel.left']) {
    event(type, 'reaches all devices of who left', async (world) => {
      const jane = await world.user('jane');
      const tablet = await world.client(jane.username);
      await tablet.begin();
      const left = tablet.observe('onChannelLeft');
      const channel = await create(jane, { type: 'PUBLIC', name: world.name('open') });
      succeeded(await jane.leaveChannel({ channel }));
      await left.next(({ id }) => id === channel.id);
      const events = jane.events(type).filter(({ resource }) => resource.id === channel.id);
      assert.ok(events.length >= 1);
    });
  }

  event('channel.member.joined', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'PUBLIC', name: world.name('open') });
    const chat = await jane.enter(channel);
    succeeded(await john.joinChannel({ channel: await read(john, channel) }));
    assert.equal((await chat.onMemberJoined.one()).id, john.user.id);
  });

  event('channel.member.left', 'is seen in the chat', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'PUBLIC', name: world.name('open'), members: [reference(john)] });
    const chat = await jane.enter(channel);
    succeeded(await john.leaveChannel({ channel: await read(john, channel) }));
    assert.equal((await chat.onMemberLeft.one()).id, john.user.id);
  });

  rule('a channel that ends for a user ends its chat there', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const channel = await create(jane, { type: 'PRIVATE', name: world.name('secret'), members: [reference(john)] });
    const [here, there] = [await jane.enter(channel), await john.enter(await read(john, channel))];
    succeeded(await john.leaveChannel({ channel: await read(john, channel) }));
    await here.onParticipantLeftChat.next(({ id }) => id === john.user.id);
    failed(await john.getChannel(channel.id), 'NotFoundError');
    failed(await john.getChannelMembers({ channel }), 'NotFoundError');
    there.onParticipantEnteredChat.none();
  });
});
