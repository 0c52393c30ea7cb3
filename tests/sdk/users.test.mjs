// Users: the other users of the application, what is known of them, and who is online.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { until } from './support/until.mjs';

serve();

const names = ({ paginator }) => paginator.items.map(({ name }) => name);

area('users', ({ sdk, method, event, rule }) => {
  method('getUsers', 'lists the others by the beginning of their name, not oneself', async (world) => {
    const team = world.name('team');
    const jane = await world.user('jane', { username: `${team}-jane` });
    await world.user('john', { username: `${team}-john` });
    await world.user('jack', { username: `${team}-jack` });
    const found = succeeded(await jane.getUsers({ filter: { name: team } }));
    assert.deepEqual(names(found).sort(), [`${team}-jack`, `${team}-john`]);
    assert.deepEqual(names(succeeded(await jane.getUsers({ filter: { name: `${team}-john` } }))), [`${team}-john`]);
    assert.deepEqual(names(succeeded(await jane.getUsers({ filter: { name: world.name('nobody') } }))), []);
  });

  method('getUsers', 'lists the others by a part of their display name, in its order', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    const team = world.name('Team');
    succeeded(await john.updateCurrentUser((user) => ({ ...user, displayName: `B ${team} red` })));
    succeeded(await jack.updateCurrentUser((user) => ({ ...user, displayName: `A ${team} blue` })));
    const found = succeeded(await jane.getUsers({ filter: { displayName: team } }));
    assert.deepEqual(names(found), [jack.username, john.username]);
    assert.deepEqual(found.paginator.items.map(({ id }) => id), [jack.user.id, john.user.id]);
  });

  method('getUsers', 'lists who is online, and who is not', async (world) => {
    const team = world.name('team');
    const jane = await world.user('jane', { username: `${team}-jane` });
    await world.user('john', { username: `${team}-john` });
    const jack = await world.user('jack', { username: `${team}-jack` });
    await jack.end();
    const filtered = async (online) => names(succeeded(await jane.getUsers({ filter: { name: team, online } })));
    await until('jack is offline', async () => (await filtered(false)).length > 0);
    assert.deepEqual(await filtered(true), [`${team}-john`]);
    assert.deepEqual(await filtered(false), [`${team}-jack`]);
  });

  method('getUsers', 'lists without a filter', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    let { paginator } = succeeded(await jane.getUsers());
    const seen = [...paginator.items];
    while (paginator.hasNextPage) {
      paginator = await paginator.nextPage();
      seen.push(...paginator.items);
    }
    assert.ok(seen.some(({ id }) => id === john.user.id));
    assert.ok(!seen.some(({ id }) => id === jane.user.id), 'not oneself');
  });

  method('getUsersCount', 'counts what the list would hold', async (world) => {
    const team = world.name('team');
    const jane = await world.user('jane', { username: `${team}-jane` });
    await world.user('john', { username: `${team}-john` });
    assert.equal(succeeded(await jane.getUsersCount({ filter: { name: team } })).count, 1);
    assert.equal(succeeded(await jane.getUsersCount({ filter: { name: team, online: false } })).count, 0);
    assert.ok(succeeded(await jane.getUsersCount()).count >= 1);
  });

  method('getUser', 'gives another user as others see them', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    succeeded(await john.updateCurrentUser((user) => ({ ...user, displayName: 'John', properties: { team: 'red' } })));
    const { user } = succeeded(await jane.getUser(john.user.id));
    assert.equal(user.id, john.user.id);
    assert.equal(user.name, john.username);
    assert.equal(user.displayName, 'John');
    assert.deepEqual(user.properties, { team: 'red' });
    assert.deepEqual(user.presence, { status: 'AVAILABLE', online: true });
    assert.equal(user._topics, undefined, 'topics of others are nobody’s business');
    assert.equal(user._streams, undefined);
  });

  method('getUserIsChannelMember', 'tells members from others', async (world) => {
    const [jane, john, jack] = await world.users('jane', 'john', 'jack');
    const members = [{ username: john.username }];
    const { channel } = succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('team'), members }));
    const is = async (client) => {
      const { user } = succeeded(await jane.getUser(client.user.id));
      const result = succeeded(await jane.getUserIsChannelMember({ user, channel }));
      return result.isMember ?? result.isChannelMember;
    };
    assert.equal(await is(john), true);
    assert.equal(await is(jack), false);
  });

  method('onUserPresenceChanged', 'tells of the others, not of oneself', async (world) => {
    const jane = await world.user('jane');
    const presence = jane.observe('onUserPresenceChanged');
    const john = await world.user('john');
    const online = await presence.one(({ id }) => id === john.user.id);
    assert.deepEqual(online.presence, { status: 'AVAILABLE', online: true });
    await john.end();
    const offline = await presence.one(({ id }) => id === john.user.id);
    assert.deepEqual(offline.presence, { status: 'AVAILABLE', online: false });
    await jane.fence();
    presence.none(({ id }) => id === jane.user.id);
  });

  event('contact.presence.changed', 'comes once for a user with two devices', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const presence = jane.observe('onUserPresenceChanged');
    const tablet = await world.client(john.username);
    await tablet.begin();
    await john.end();
    await jane.fence();
    presence.none(({ id }) => id === john.user.id);
    await tablet.end();
    assert.equal((await presence.one(({ id }) => id === john.user.id)).presence.online, false);
    presence.once(({ id }) => id === john.user.id);
  });

  event('contact.presence.changed', 'tells of a status, and hides who is invisible', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const presence = jane.observe('onUserPresenceChanged');
    const become = (status) => john.updateCurrentUser((user) => ({ ...user, presence: { ...user.presence, status } }));
    succeeded(await become('DO_NOT_DISTURB'));
    const busy = await presence.one(({ id }) => id === john.user.id);
    assert.deepEqual(busy.presence, { status: 'DO_NOT_DISTURB', online: true });
    const { user } = succeeded(await become('INVISIBLE'));
    assert.equal(user.presence.online, true, 'to oneself');
    const hidden = await presence.one(({ id }) => id === john.user.id);
    assert.equal(hidden.presence.online, false, 'to others');
    assert.equal(succeeded(await jane.getUser(john.user.id)).user.presence.online, false);
  });

  event('contact.user.updated', 'tells of a changed profile', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const updated = jane.observe('onUserUpdated');
    succeeded(await john.updateCurrentUser((user) => ({ ...user, displayName: 'John Doe', properties: { team: 'red' } })));
    const user = await updated.one(({ id }) => id === john.user.id);
    assert.equal(user.displayName, 'John Doe');
    assert.deepEqual(user.properties, { team: 'red' });
    await john.fence();
    assert.equal(john.events('contact.user.updated').filter(({ resource }) => resource.id === john.user.id).length, 0);
  });

  method('onUserUpdated', 'is called for others only', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const updated = jane.observe('onUserUpdated');
    succeeded(await jane.updateCurrentUser((user) => ({ ...user, displayName: 'Jane Doe' })));
    succeeded(await john.updateCurrentUser((user) => ({ ...user, displayName: 'John Doe' })));
    await updated.next(({ id }) => id === john.user.id);
    updated.none(({ id }) => id === jane.user.id);
  });

  rule('a number that belongs to nobody is answered on the errors queue', async (world) => {
    const jane = await world.user('jane');
    const none = jane.kitty[sdk.method('getUser')](987_654_321); // the packages have no error path here: it never settles
    none.catch(() => {});
    await until('the error arrives', () => jane.frames.some(({ direction, headers, body }) => (
      direction === 'in' && headers['subscription-id'] && JSON.parse(body).error === 'NotFoundError'
    )));
  });

  if (sdk.code !== 'C2') return;
  for (const [name, key] of [['Elements', 'elements'], ['Features', 'features'], ['Styles', 'styles']]) {
    method(`onApplication${name}Changed`, 'watches a topic of its own', async (world) => {
      const jane = await world.user('jane');
      const changed = jane.observe(`onApplication${name}Changed`);
      assert.ok(jane.hears([jane.user._topics[key]]));
      await jane.fence();
      changed.none();
    });
  }
});
