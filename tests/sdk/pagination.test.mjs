// Pages: every item once, from the first page to the last and back.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';

serve();

const PAGE = 25;
const MEMBERS = 60;

// The same guests for all cases, named in order: they exist since they signed in once.
let guests;

async function signIn(world) {
  const team = world.name('member');
  const usernames = Array.from({ length: MEMBERS - 1 }, (_, number) => `${team}-${String(number).padStart(3, '0')}`);
  for (const username of usernames) await (await world.user('member', { username })).end();
  return { team, usernames };
}

const rejectsBeyond = (promise) => assert.rejects(promise, (thrown) => (thrown.error ?? thrown.type) === 'PageOutOfBoundsError');

area('pagination', ({ sdk, method, rule }) => {
  // A channel with 60 members.
  const crowd = async (world) => {
    const jane = await world.user('jane');
    guests ??= signIn(world);
    const { team, usernames } = await guests;
    const members = usernames.map((username) => ({ username }));
    const { channel } = succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('crowd'), members }));
    return { jane, channel, team };
  };

  const names = ({ items }) => items.map(({ name }) => name);

  method('ChatKittyPaginator.nextPage', 'leads to the last page and not beyond', async (world) => {
    const { jane, channel } = await crowd(world);
    let { paginator } = succeeded(await jane.getChannelMembers({ channel }));
    const pages = [paginator];
    while (paginator.hasNextPage) {
      paginator = await paginator.nextPage();
      pages.push(paginator);
    }
    assert.deepEqual(pages.map(({ items }) => items.length), [PAGE, PAGE, MEMBERS - 2 * PAGE]);
    assert.equal(new Set(pages.flatMap(names)).size, MEMBERS, 'everybody once');
    const all = pages.flatMap(names);
    assert.deepEqual(all, [...all].sort(), 'in the order of their names');
    await rejectsBeyond(paginator.nextPage());
  });

  method('ChatKittyPaginator.prevPage', 'leads back to the first page and not before', async (world) => {
    const { jane, channel } = await crowd(world);
    const { paginator: first } = succeeded(await jane.getChannelMembers({ channel }));
    const second = await first.nextPage();
    const third = await second.nextPage();
    assert.deepEqual(names(await third.prevPage()), names(second));
    assert.deepEqual(names(await second.prevPage()), names(first));
    await rejectsBeyond(first.prevPage());
  });

  method('ChatKittyPaginator.hasNextPage', 'is true until the last page', async (world) => {
    const { jane, team } = await crowd(world);
    const filter = { name: team };
    const { paginator: first } = succeeded(await jane.getUsers({ filter }));
    assert.equal(first.hasNextPage, true);
    const second = await first.nextPage();
    const third = await second.nextPage();
    assert.equal(third.hasNextPage, false);
    const all = [first, second, third].flatMap(names);
    assert.equal(all.length, MEMBERS - 1, 'the filter holds on every page');
    assert.ok(all.every((name) => name.startsWith(team)));
  });

  method('ChatKittyPaginator.hasPrevPage', 'is false on the first page only', async (world) => {
    const { jane, team } = await crowd(world);
    const { paginator: first } = succeeded(await jane.getUsers({ filter: { name: team } }));
    assert.equal(first.hasPrevPage, false);
    const second = await first.nextPage();
    assert.equal(second.hasPrevPage, true);
    assert.equal((await second.nextPage()).hasPrevPage, true);
  });

  rule('a page says how much there is', { only: ['C1', 'C2'] }, async (world) => {
    const { jane, team } = await crowd(world);
    const { paginator } = succeeded(await jane.getUsers({ filter: { name: team } }));
    const { size, totalElements, totalPages, number } = paginator.page ?? (await frames(jane));
    assert.deepEqual({ size, totalElements, totalPages, number }, { size: PAGE, totalElements: MEMBERS - 1, totalPages: 3, number: 0 });
  });

  const frames = (client) => {
    const pages = client.frames.filter(({ command, body }) => command === 'MESSAGE' && body.includes('totalElements'));
    return JSON.parse(pages.at(-1).body).resource.page;
  };

  rule('a page has the size that is asked for', { only: ['C1'] }, async (world) => {
    const jane = await world.user('jane');
    const team = world.name('team');
    for (const number of [1, 2, 3]) {
      succeeded(await jane.createChannel({ type: 'PRIVATE', name: `${team}-${number}` }));
    }
    const { paginator } = succeeded(await jane.getChannels({ size: 2, sort: 'name,asc', filter: { name: team } }));
    assert.equal(paginator.items.length, 2);
    const last = await paginator.nextPage();
    assert.equal(last.items.length, 1);
    assert.equal(last.hasNextPage, false);
  });

  rule('an empty list is one page without neighbours', async (world) => {
    const jane = await world.user('jane');
    const { paginator } = succeeded(await jane.getUsers({ filter: { name: world.name('nobody') } }));
    assert.deepEqual(paginator.items, []);
    assert.equal(paginator.hasNextPage || paginator.hasPrevPage, false);
  });
});
