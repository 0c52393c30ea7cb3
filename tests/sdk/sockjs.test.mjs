// Node without a global WebSocket: the SDKs fall back to SockJS, over whatever transport gets through.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { until } from './support/until.mjs';

// This file is a process of its own, and no package was loaded yet.
delete globalThis.WebSocket;

// In the order in which the client tries them. The last one, `xhr`, is not here: the client asks for events again and again
// when it is refused them, and its timers of earlier attempts then break off later ones, so that it is luck to get there.
// (The packages for browsers carry a client that has none of them in Node.)
const TRANSPORTS = ['websocket', 'xhr_streaming', 'eventsource'];
const BASES = { J1: '/rtm', A5: '/stompx' };
const SESSION = /^\/(?:rtm|stompx)\/\d{3}\/[a-z0-5]{8}\/(\w+)\?api[-_]key=/;

// In front of the server: lets no transport through but those it is told, and remembers what passed.
class HttpProxy {
  static async to(port, allowed) {
    const proxy = Object.assign(new HttpProxy(), { port, allowed, passed: [], sockets: new Set() });
    proxy.listener = createServer((incoming, outgoing) => proxy.forward(incoming, outgoing));
    proxy.listener.on('upgrade', (incoming, near, head) => proxy.tunnel(incoming, near, head));
    proxy.listener.on('connection', (socket) => proxy.sockets.add(socket));
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    return proxy;
  }

  get host() {
    return `127.0.0.1:${this.listener.address().port}`;
  }

  passes({ url }) {
    const [, transport] = SESSION.exec(url) ?? [];
    const passes = !transport || transport === 'xhr_send' || this.allowed.includes(transport);
    if (passes) this.passed.push(transport ?? url);
    return passes;
  }

  forward(incoming, outgoing) {
    if (!this.passes(incoming)) return outgoing.writeHead(404).end();
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: this.port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.on('data', (piece) => outgoing.write(piece)).on('end', () => outgoing.end()).on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  tunnel(incoming, near, head) {
    near.on('error', () => {});
    if (!this.passes(incoming)) return near.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    const far = connect(this.port, '127.0.0.1').on('error', () => near.destroy());
    const lines = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : `${name}: ${all[at + 1]}`));
    far.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
  }
}

serve();

area('sockjs', { only: Object.keys(BASES) }, ({ sdk, rule }) => {
  const open = async (world, word, ...allowed) => {
    const proxy = await HttpProxy.to(world.server.port, allowed);
    world.defer(() => proxy.stop());
    const client = await world.client(world.name(word), { host: proxy.host });
    const { session } = succeeded(await client.startSession({ username: client.username }));
    client.hasSession = true;
    client.user = session.user;
    return { client, proxy };
  };

  for (const transport of TRANSPORTS) {
    rule(`a whole session over ${transport}`, async (world) => {
      const { client: jane, proxy } = await open(world, 'jane', transport);
      assert.equal(jane.user.name, jane.username);
      const used = new Set(proxy.passed.filter((passed) => TRANSPORTS.includes(passed)));
      assert.deepEqual([...used], [transport]);
      assert.ok(proxy.passed[0].startsWith(`${BASES[sdk.code]}/info?`), 'what there is was asked first');

      const name = world.name('channel 100% ✓ 😀 \u2028');
      const { channel } = succeeded(await jane.createChannel({ type: 'PUBLIC', name, properties: { deep: ['"', '\\'] } }));
      assert.equal(channel.name, name);
      assert.deepEqual(channel.properties, { deep: ['"', '\\'] });
      assert.equal(succeeded(await jane.getChannel(channel.id)).channel.name, name);

      const presence = jane.observe('onUserPresenceChanged');
      const { client: john } = await open(world, 'john', 'websocket');
      const isJohn = (online) => ({ name: user, presence: { online: is } }) => user === john.username && is === online;
      await presence.one(isJohn(true));
      await john.end();
      await presence.one(isJohn(false));

      await jane.end();
      const again = await open(world, 'jill', transport);
      await until('jane is gone for others', async () => {
        const { paginator } = succeeded(await again.client.getUsers({ filter: { online: true } }));
        return paginator.items.every(({ name: user }) => user !== jane.username);
      });
    });
  }

  rule('a large resource, there and back, in pieces of the transport', async (world) => {
    const { client: jane } = await open(world, 'jane', 'xhr_streaming');
    const properties = { text: '"\u0000\u200d😀'.repeat(2000), list: Array.from({ length: 2000 }, (_, index) => index) };
    for (let round = 0; round < 6; round += 1) {
      const { user } = succeeded(await jane.updateCurrentUser((user) => ({ ...user, properties: { ...properties, round } })));
      assert.deepEqual(user.properties, { ...properties, round });
    }
  });
});
