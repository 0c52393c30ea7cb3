// Sessions, relays, actions and topics, against a server on a real WebSocket.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import ChatKitty, { ErrorName, failed, succeeded, VERSION, type CurrentUser, type User } from '../src/index.js';
import { RELAY_TIMEOUT_MS } from '../src/limits.js';
import { ANN, BOB, channel, currentUser, user } from './support/resources.js';
import { FakeServer } from './support/server.js';
import { settle, until } from './support/until.js';

const CONTACTS = '/application/v1/user.contacts.relay';
const CREATE = '/application/v1/user.create_channel';

let server: FakeServer;
let kitty: ChatKitty;

beforeEach(async () => {
  server = await FakeServer.start();
  kitty = server.client();
});

afterEach(async () => {
  mock.timers.reset();
  await kitty.endSession();
  await server.stop();
});

async function start(): Promise<CurrentUser> {
  const result = await kitty.startSession({ username: 'ann' });
  if (result.failed) throw result.error;
  return result.session.user;
}

describe('starting a session', () => {
  it('connects, asks for the user, and listens to its topics', async () => {
    const me = await start();
    assert.equal(me.name, 'ann');
    assert.equal(kitty.currentUser?.id, ANN.id);
    assert.equal(kitty.isOnline, true);
    assert.deepEqual(server.handshakes, [{ url: '/rtm/websocket?api-key=key%20with%20spaces', protocol: 'v12.stomp' }]);
    const topics = ['self', 'channels', 'messages', 'notifications', 'contacts', 'participants', 'users', 'reactions', 'threads', 'calls'];
    await until('all topics are subscribed', () => server.hears('/topic/v1/users/7.calls'));
    assert.deepEqual(
      server.sent('SUBSCRIBE').map(({ headers }) => headers['destination']),
      ['/user/queue/v1/errors', '/application/v1/user.relay', ...topics.map((key) => `/topic/v1/users/7.${key}`)],
    );
    const topic = server.sent('SUBSCRIBE', '/topic/v1/users/7.calls')[0]!.headers;
    assert.equal(topic['ack'], 'client-individual');
    assert.match(topic['id']!, /^subscription-id-/);
    assert.match(topic['receipt']!, /^receipt-/);
    assert.equal(server.sent('SUBSCRIBE', '/application/v1/user.relay')[0]!.headers['ack'], undefined);
  });

  it('says who it is, with credentials in base64', async () => {
    const result = await kitty.startSession({ username: 'jane:x@y', authParams: { password: 'é✓' } });
    assert.ok(succeeded(result));
    const { headers } = server.sent('CONNECT')[0]!;
    assert.equal(headers['accept-version'], '1.2');
    assert.equal(headers['StompX-User'], 'jane:x@y');
    assert.equal(headers['StompX-User-Agent'], `Whisker-JS/${VERSION}`);
    assert.equal(headers['StompX-Auth-Session-ID'], undefined);
    const params = Buffer.from(headers['StompX-Auth-Params']!, 'base64').toString();
    assert.deepEqual(JSON.parse(params), { password: 'é✓' });
  });

  it('has the version of its package', () => {
    assert.equal(VERSION, JSON.parse(readFileSync('package.json', 'utf8')).version);
  });

  it('fails for good when access is denied', async () => {
    server.greet = () => ({ error: 'AccessDeniedError', message: 'no such key' });
    const result = await kitty.startSession({ username: 'ann' });
    assert.ok(failed(result));
    assert.deepEqual([result.error.error, result.error.message], ['AccessDeniedError', 'no such key']);
    await settle();
    assert.equal(server.handshakes.length, 1);
    assert.equal(kitty.currentUser, undefined);
  });

  it('tries again after any other refusal', async () => {
    let attempts = 0;
    server.greet = () => ((attempts += 1) === 1 ? { error: 'InternalServerError' } : { session: 's' });
    await start();
    assert.equal(attempts, 2);
  });

  it('fails while a session is active', async () => {
    await start();
    const second = await kitty.startSession({ username: 'ann' });
    assert.equal(second.error?.error, ErrorName.SessionActive);
  });

  it('fails when the server never answers', async () => {
    server.greet = () => null;
    mock.timers.enable({ apis: ['setTimeout'] });
    const starting = kitty.startSession({ username: 'ann' });
    await server.received('CONNECT');
    mock.timers.tick(60_000);
    assert.equal((await starting).error?.error, ErrorName.Timeout);
    assert.equal(kitty.currentUser, undefined);
  });

  it('shares one client per API key', () => {
    const options = { host: 'chat.example.org' };
    assert.equal(ChatKitty.getInstance('one', options), ChatKitty.getInstance('one'));
    assert.notEqual(ChatKitty.getInstance('one'), ChatKitty.getInstance('two'));
  });
});

describe('ending a session', () => {
  it('says goodbye and leaves nothing behind', async () => {
    const users: (string | undefined)[] = [];
    kitty.onCurrentUserChanged((me) => users.push(me?.name));
    await start();
    await kitty.endSession();
    assert.equal(server.sent('DISCONNECT').length, 1);
    assert.deepEqual(users, [undefined, 'ann', undefined]);
    assert.equal((await kitty.getUsers()).error?.error, ErrorName.NoActiveSession);
    await start();
    assert.equal(server.sent('CONNECT')[1]!.headers['StompX-Auth-Session-ID'], undefined);
  });

  it('fails what is still awaited', async () => {
    await start();
    server.relays.set(CONTACTS, () => undefined);
    const asked = kitty.getUsers();
    await server.received('SUBSCRIBE', CONTACTS);
    await kitty.endSession();
    assert.equal((await asked).error?.error, ErrorName.NoActiveSession);
  });

  it('is over when the server evicts the user', async () => {
    await start();
    server.greet = () => ({ error: 'AccessDeniedError' });
    server.drop();
    await until('the session is over', () => !kitty.currentUser);
    assert.equal((await kitty.getUsers()).error?.error, ErrorName.NoActiveSession);
  });
});

describe('relays', () => {
  it('send parameters that are there, and resolve with pages', async () => {
    await start();
    const pages = new Map([
      [CONTACTS, { _embedded: { users: [BOB] }, _relays: { next: '/next' }, page: { totalElements: 2 } }],
      ['/next', { _relays: { prev: CONTACTS } }],
    ]);
    for (const [destination, page] of pages) server.relays.set(destination, () => page);
    const result = await kitty.getUsers({ filter: { online: true, name: undefined } });
    assert.ok(succeeded(result));
    const first = result.paginator;
    assert.deepEqual(first.items.map(({ name }) => name), ['bob']);
    assert.deepEqual([first.totalElements, first.hasPrevPage, first.hasNextPage], [2, false, true]);
    const second = await first.nextPage();
    assert.deepEqual([second.items, second.hasPrevPage, second.hasNextPage], [[], true, false]);
    assert.deepEqual((await second.prevPage()).items.map(({ name }) => name), ['bob']);
    await assert.rejects(second.nextPage(), { error: ErrorName.PageOutOfBounds });
    for (const destination of [CONTACTS, '/next']) {
      const { headers } = server.sent('SUBSCRIBE', destination)[0]!;
      assert.deepEqual([headers['online'], 'name' in headers], ['true', false], 'parameters are repeated');
    }
  });

  it('fail with the error of the errors queue', async () => {
    await start();
    server.relays.set('/application/v1/users/9.relay', () => ({ error: 'NotFoundError', message: 'nobody' }));
    const result = await kitty.getUser(9);
    assert.ok(failed(result));
    assert.deepEqual([result.error.error, result.error.message, result.error.timestamp], ['NotFoundError', 'nobody', '2022-06-16T12:00:00.000Z']);
  });

  it('fail when there is no answer', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    await start();
    server.relays.set(CONTACTS, () => undefined);
    const asked = kitty.getUsers();
    await server.received('SUBSCRIBE', CONTACTS);
    mock.timers.tick(RELAY_TIMEOUT_MS);
    assert.equal((await asked).error?.error, ErrorName.Timeout);
  });
});

describe('actions', () => {
  const carrier = (type: string, resource: unknown) => ({ topic: '/topic/v1/users/7.channels', type, resource });

  it('resolve with the event that carries their receipt', async () => {
    await start();
    server.actions.set(CREATE, (body) => carrier('user.channel.created', { ...channel(5), name: body.name }));
    const result = await kitty.createChannel({ type: 'DIRECT', name: 'ops', members: [{ username: 'bob' }] });
    assert.ok(succeeded(result));
    assert.equal(result.channel.name, 'ops');
    const { headers, body } = server.sent('SEND', CREATE)[0]!;
    assert.equal(headers['content-type'], 'application/json;charset=UTF-8');
    assert.deepEqual(JSON.parse(body), { type: 'DIRECT', name: 'ops', members: [{ username: 'bob' }] });
  });

  it('wait for the type of result they need', async () => {
    await start();
    server.actions.set(CREATE, (_, { headers }) => {
      server.emit('/topic/v1/users/7.users', 'user.user.invited', BOB, { 'receipt-id': headers['receipt']! });
      return carrier('user.channel.upserted', channel(6));
    });
    const result = await kitty.createChannel({ type: 'DIRECT' });
    assert.equal(result.succeeded && result.channel.id, 6);
  });

  it('fail with their own error, and all of them with an error that names none', async () => {
    await start();
    server.actions.set(CREATE, () => ({ error: 'ValidationError', message: 'no members' }));
    assert.equal((await kitty.createChannel({ type: 'DIRECT' })).error?.message, 'no members');
    server.actions.clear();
    const both = [kitty.createChannel({ type: 'PUBLIC' }), kitty.createChannel({ type: 'PRIVATE' })];
    await server.received('SEND', CREATE, 3);
    server.emit('/user/queue/v1/errors', '', {});
    for (const result of await Promise.all(both)) assert.equal(result.failed, true);
  });

  it('apply changes to the current user', async () => {
    await start();
    const names: (string | undefined)[] = [];
    kitty.onCurrentUserChanged({ onNext: (me) => names.push(me?.displayName) });
    server.actions.set('/application/v1/user.update', (body) => ({ topic: '/topic/v1/users/7.self', type: 'user.self.updated', resource: body }));
    const result = await kitty.updateCurrentUser((me) => ({ ...me, displayName: 'Ann B.' }));
    assert.equal(result.succeeded && result.user.displayName, 'Ann B.');
    assert.equal(kitty.currentUser?.displayName, 'Ann B.');
    assert.equal(names.at(-1), 'Ann B.');
  });

  it('are not attempted where the server gives no permission', async () => {
    await start();
    const result = await kitty.joinChannel({ channel: channel(5) });
    assert.equal(result.error?.error, ErrorName.ChannelNotPubliclyJoinable);
    assert.equal(server.sent('SEND').length, 0);
  });
});

describe('topics', () => {
  it('reach observers until they are removed, and are acknowledged', async () => {
    await start();
    await until('topics are subscribed', () => server.hears('/topic/v1/users/7.calls'));
    const seen: User[] = [];
    const forget = kitty.onUserPresenceChanged((user) => seen.push(user));
    server.emit('/topic/v1/users/7.contacts', 'contact.presence.changed', BOB);
    server.emit('/topic/v1/users/7.contacts', 'something.unknown', BOB);
    await server.received('ACK', undefined, 2);
    forget();
    server.emit('/topic/v1/users/7.contacts', 'contact.presence.changed', BOB);
    await server.received('ACK', undefined, 3);
    assert.deepEqual(seen.map(({ name }) => name), ['bob']);
    assert.match(server.sent('ACK')[0]!.headers['id']!, /^ack-/);
  });

  it('survive observers that throw or reject', async () => {
    await start();
    await until('topics are subscribed', () => server.hears('/topic/v1/users/7.calls'));
    const printed = mock.method(console, 'error', () => {});
    const seen: string[] = [];
    kitty.onUserUpdated(() => {
      throw new Error('thrown by the application');
    });
    kitty.onUserUpdated(async () => Promise.reject(new Error('rejected by the application')));
    kitty.onUserUpdated(({ name }) => seen.push(name));
    server.emit('/topic/v1/users/7.contacts', 'contact.user.updated', BOB);
    server.emit('/topic/v1/users/7.contacts', 'contact.user.updated', BOB);
    await server.received('ACK', undefined, 2);
    assert.deepEqual(seen, ['bob', 'bob']);
    await settle();
    assert.equal(printed.mock.callCount(), 4);
    printed.mock.restore();
  });
});

describe('a lost connection', () => {
  it('comes back with the same subscriptions and the session', async () => {
    const changes: string[] = [];
    kitty.onCurrentUserOnline(() => changes.push('online'));
    kitty.onCurrentUserOffline(() => changes.push('offline'));
    server.greet = () => ({ session: `secret-${server.handshakes.length}` });
    await start();
    const before = await until('topics are subscribed', () => server.hears('/topic/v1/users/7.calls') && topicFrames());
    server.frames.length = 0;
    server.relays.set('/application/v1/user.relay', () => currentUser(user(7, 'ann')));
    server.drop();
    await server.received('SUBSCRIBE', '/application/v1/user.relay');
    assert.equal(server.sent('CONNECT')[0]!.headers['StompX-Auth-Session-ID'], 'secret-1');
    assert.deepEqual(topicFrames(), before);
    assert.equal(server.frames[1]!.headers['destination'], '/user/queue/v1/errors');
    assert.deepEqual(changes, ['online', 'offline', 'online']);
  });

  it('loses no answer: what is open is asked again, with the same receipt', async () => {
    await start();
    server.relays.set(CONTACTS, () => undefined);
    server.silent.add(CREATE);
    const users = kitty.getUsers();
    const created = kitty.createChannel({ type: 'DIRECT' });
    await server.received('SUBSCRIBE', CONTACTS);
    const first = await server.received('SEND', CREATE);
    server.relays.set(CONTACTS, () => ({ _relays: {} }));
    server.silent.clear();
    server.actions.set(CREATE, () => ({ topic: '/topic/v1/users/7.channels', type: 'user.channel.created', resource: channel(5) }));
    server.drop();
    assert.equal((await users).succeeded, true);
    assert.equal((await created).succeeded, true);
    assert.equal((await server.received('SEND', CREATE, 2)).headers['receipt'], first.headers['receipt']);
  });

  it('does not repeat what the server has taken', async () => {
    await start();
    const created = kitty.createChannel({ type: 'DIRECT' });
    const { headers } = await server.received('SEND', CREATE);
    await settle();
    server.drop();
    await until('the connection is back', () => server.handshakes.length === 2 && server.hears('/topic/v1/users/7.calls'));
    server.emit('/topic/v1/users/7.channels', 'user.channel.created', channel(5), { 'receipt-id': headers['receipt']! });
    assert.equal((await created).succeeded, true);
    assert.equal(server.sent('SEND', CREATE).length, 1);
  });

  function topicFrames(): Record<string, string>[] {
    return server.sent('SUBSCRIBE').map(({ headers }) => headers).filter(({ destination }) => destination!.startsWith('/topic/'));
  }
});
