// User sessions: the connect sequence, who the current user is, refusals, the end.
import assert from 'node:assert/strict';
import { API_KEY, area, serve, startServer } from './support/cases.mjs';
import { failed, succeeded, throws } from './support/client.mjs';
import { check } from './support/shapes.mjs';
import { pause, until } from './support/until.mjs';

// Longer than the clients wait before they connect again.
const RECONNECT_MS = 6_500;

serve();

area('session', { waits: true }, ({ sdk, method, event, rule }) => {
  method('getInstance', 'gives one client for an API key', async () => {
    const { default: ChatKitty } = await sdk.package();
    const one = ChatKitty.getInstance('some key');
    assert.equal(ChatKitty.getInstance('some key'), one);
    assert.notEqual(ChatKitty.getInstance('another key'), one);
  });

  method('getSdkClient', 'gives one client for an API key, which connects to this server', async (world) => {
    const { getSdkClient } = await sdk.package();
    const options = { $environment: { host: world.host, secure: false } };
    assert.equal(getSdkClient('some key', options), getSdkClient('some key', options));
    const jane = await world.user('jane');
    assert.equal(new URL(jane.sockets[0].url).pathname, '/rtm/websocket');
  });

  method('constructor', 'takes the host of this server', async (world) => {
    const jane = await world.user('jane');
    const { pathname, host, searchParams } = new URL(jane.sockets[0].url);
    assert.equal(host, world.host);
    assert.equal(pathname, sdk.code === 'A5' ? '/stompx/websocket' : '/rtm/websocket');
    assert.equal(searchParams.get(sdk.code === 'A5' ? 'api_key' : 'api-key'), API_KEY);
    assert.equal(jane.sockets[0].protocol, 'v12.stomp');
  });

  method('startSession', 'makes a guest of an unknown user', async (world) => {
    const jane = await world.user('jane');
    const { user } = jane;
    assert.equal(user.name, jane.username);
    assert.equal(user.displayName, jane.username);
    assert.equal(user.isGuest, true);
    assert.equal(user.callStatus, 'AVAILABLE');
    assert.deepEqual(user.presence, { status: 'AVAILABLE', online: true });
    assert.deepEqual(user.properties, {});
    assert.deepEqual(check('CurrentUser', user), []);
    assert.ok(Object.values(user._topics).every((topic) => topic.includes(String(user.id))), 'topics contain the user');
    assert.equal(new Set(Object.values(user._topics)).size, Object.keys(user._topics).length, 'every topic is its own');
  });

  method('startSession', 'finds a known user again', async (world) => {
    const jane = await world.user('jane');
    await jane.end();
    const again = await world.user('jane', { username: jane.username });
    assert.equal(again.user.id, jane.user.id);
  });

  method('startSession', 'takes any username', async (world) => {
    for (const username of ['jane:x@chat.example', 'Jané  Doe', 'ジェーン']) {
      const name = world.name(username);
      const jane = await world.user('jane', { username: name });
      assert.equal(jane.user.name, name);
      await jane.end();
    }
  });

  method('startSession', 'takes parameters for authentication, where nobody asks for them', async (world) => {
    const jane = await world.user('jane', { authParams: { password: 'é', nested: { list: [1, true, null] } } });
    assert.equal(jane.user.isGuest, true);
    const header = jane.frames.find(({ command }) => command === 'CONNECT').headers['StompX-Auth-Params'];
    assert.ok(header);
  });

  method('startSession', 'fails for good with a key that nobody knows', async (world) => {
    const jane = await world.client(world.name('jane'), { apiKey: 'not the key' });
    failed(await jane.startSession({ username: jane.username }), 'AccessDeniedError');
    await until('the socket is closed', () => jane.sockets[0].readyState === WebSocket.CLOSED);
    await pause(RECONNECT_MS);
    assert.equal(jane.sockets.length, 1, 'no second connection');
  });

  method('startSession', 'fails for good where guests are not allowed', async (world) => {
    const strict = await startServer({ WHISKER_BOOTSTRAP_GUESTS_ALLOWED: 'false' });
    world.defer(() => strict.stop());
    const jane = await world.client(world.name('jane'), { host: `127.0.0.1:${strict.port}` });
    failed(await jane.startSession({ username: jane.username }), 'AccessDeniedError');
    await pause(RECONNECT_MS);
    assert.equal(jane.sockets.length, 1, 'no second connection');
  });

  method('startSession', 'says so when there is no server, and gets through once there is', async (world) => {
    const proxy = await world.proxy();
    proxy.cut({ refuse: true });
    const jane = await world.client(world.name('jane'), { host: proxy.host });
    failed(await jane.startSession({ username: jane.username }), 'ChatKittyConnectionError');
    proxy.restore();
    const changed = jane.observe('onCurrentUserChanged');
    jane.hasSession = true;
    await changed.next((user) => user?.name === jane.username);
  });

  rule('nothing needs more than one session, and a second is refused', { only: ['J1', 'C1'] }, async (world) => {
    const jane = await world.user('jane');
    throws(() => jane.kitty.startSession({ username: jane.username }), 'SessionActiveError');
  });

  rule('without a session there is no request', async (world) => {
    const jane = await world.client(world.name('jane'));
    const requests = [() => jane.getCurrentUser(), () => jane.getChannels(), () => jane.getUsers(), () => jane.updateCurrentUser((user) => user)];
    for (const request of requests) throws(request, 'NoActiveSessionError');
    assert.equal(jane.sockets.length, 0);
  });

  method('endSession', 'is confirmed, and the user is offline at once', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const presence = john.observe('onUserPresenceChanged');
    await jane.end();
    const user = await presence.one(({ id }) => id === jane.user.id);
    assert.equal(user.presence.online, false);
    const disconnect = jane.log.find(({ command }) => command === 'DISCONNECT');
    assert.ok(jane.log.some(({ command, headers }) => command === 'RECEIPT' && headers['receipt-id'] === disconnect.headers.receipt));
  });

  method('endSession', 'leaves a client that can begin again, as another user', async (world) => {
    const jane = await world.user('jane');
    await jane.end();
    const username = world.name('john');
    const { session } = succeeded(await jane.startSession({ username }));
    jane.hasSession = true;
    assert.equal(session.user.name, username);
    assert.notEqual(session.user.id, jane.user.id);
    succeeded(await jane.getUsers());
  });

  method('getCurrentUser', 'gives the user of the session', async (world) => {
    const jane = await world.user('jane');
    const { user } = succeeded(await jane.getCurrentUser());
    assert.deepEqual(user, jane.user);
  });

  method('currentUser', 'is there during the session', async (world) => {
    const jane = await world.client(world.name('jane'));
    assert.ok(!jane.kitty.currentUser);
    await jane.begin();
    assert.deepEqual(jane.kitty.currentUser, jane.user);
    await jane.end();
    assert.ok(!jane.kitty.currentUser);
  });

  method('onCurrentUserChanged', 'tells of the beginning, of changes and of the end', async (world) => {
    const jane = await world.client(world.name('jane'));
    const changed = jane.observe('onCurrentUserChanged');
    await changed.next((user) => !user);
    await jane.begin();
    await changed.next((user) => user?.id === jane.user.id);
    succeeded(await jane.updateCurrentUser((user) => ({ ...user, displayName: 'Jane' })));
    await changed.next((user) => user?.displayName === 'Jane');
    await jane.end();
    await changed.next((user) => user === null);
  });

  method('onCurrentUserOnline', 'is called when the session has a connection', async (world) => {
    const jane = await world.client(world.name('jane'));
    const online = jane.observe('onCurrentUserOnline');
    online.none();
    await jane.begin();
    await online.next();
  });

  method('onCurrentUserOffline', 'is called when the session has none any more', async (world) => {
    const proxy = await world.proxy();
    const jane = await world.user('jane', { host: proxy.host });
    const offline = jane.observe('onCurrentUserOffline');
    proxy.cut();
    await offline.next();
  });

  method('updateCurrentUser', 'changes what a user may change, and nothing else', async (world) => {
    const jane = await world.user('jane');
    const { user } = succeeded(await jane.updateCurrentUser((current) => ({
      ...current,
      id: 1_000_000,
      name: 'another name',
      isGuest: false,
      displayName: 'Jane Doe',
      presence: { status: 'DO_NOT_DISTURB', online: false },
      properties: { team: 'red', list: [1, 'two', { three: null }] },
    })));
    const expected = {
      ...jane.user,
      displayName: 'Jane Doe',
      presence: { status: 'DO_NOT_DISTURB', online: true },
      properties: { team: 'red', list: [1, 'two', { three: null }] },
    };
    assert.deepEqual(user, expected);
    assert.deepEqual(succeeded(await jane.getCurrentUser()).user, expected);
  });

  method('updateCurrentUser', 'refuses what cannot be', async (world) => {
    const jane = await world.user('jane');
    failed(await jane.updateCurrentUser((user) => ({ ...user, displayName: 'x'.repeat(10_000) })), 'ValidationError');
    failed(await jane.updateCurrentUser((user) => ({ ...user, properties: 'not an object' })), 'ValidationError');
    assert.deepEqual(succeeded(await jane.getCurrentUser()).user, jane.user);
  });

  method('updateCurrentUserDisplayPicture', 'takes the address of a picture', async (world) => {
    const jane = await world.user('jane');
    const picture = { url: 'https://pictures.example.org/jane.png', name: 'jane.png', contentType: 'image/png', size: 1024 };
    const { user } = succeeded(await jane.updateCurrentUserDisplayPicture({ file: picture }));
    assert.equal(user.displayPictureUrl, picture.url);
    assert.deepEqual(succeeded(await jane.getCurrentUser()).user, { ...jane.user, displayPictureUrl: picture.url });
  });

  method('updateCurrentUserDisplayPicture', 'refuses a file that came without its content', { not: ['A5'] }, async (world) => {
    const jane = await world.user('jane');
    failed(await jane.updateCurrentUserDisplayPicture({ file: new File(['picture'], 'jane.png') }), 'ValidationError');
  });

  event('user.self.updated', 'is the result, and reaches other devices', async (world) => {
    const jane = await world.user('jane');
    const tablet = await world.client(jane.username);
    await tablet.begin();
    const changed = tablet.observe('onCurrentUserChanged');
    succeeded(await jane.updateCurrentUser((user) => ({ ...user, displayName: 'Jane Doe' })));
    const own = await jane.event('user.self.updated');
    const other = await tablet.event('user.self.updated');
    assert.equal(own.resource.displayName, 'Jane Doe');
    assert.deepEqual(own.resource, other.resource);
    assert.ok(own.result && !other.result, 'only the acting device has a result');
    if (sdk.code === 'C2') await changed.next((user) => user?.displayName === 'Jane Doe');
  });
});
