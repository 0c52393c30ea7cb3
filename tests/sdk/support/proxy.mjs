// A TCP proxy in front of the server, to take the network away and give it back.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class TcpProxy {
  static async to(port) {
    const proxy = new TcpProxy();
    proxy.target = port;
    proxy.pairs = new Set();
    proxy.refuses = false;
    proxy.accepted = 0;
    proxy.listener = createServer((socket) => proxy.accept(socket)).listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    return proxy;
  }

  get host() {
    return `127.0.0.1:${this.listener.address().port}`;
  }

  accept(near) {
    near.on('error', () => {});
    if (this.refuses) return near.destroy();
    this.accepted += 1;
    const far = connect(this.target, '127.0.0.1');
    const pair = [near, far];
    this.pairs.add(pair);
    far.on('error', () => {});
    const close = () => {
      this.pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('close', close);
    near.pipe(far);
    far.pipe(near);
  }

  // Every connection dies without a word. `refuse`: and new ones too, until `accepts` again.
  cut({ refuse = false } = {}) {
    this.refuses = refuse;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  // What the server sends does not arrive any more; what the client sends does.
  mute() {
    for (const [near, far] of this.pairs) far.unpipe(near);
  }

  restore() {
    this.refuses = false;
  }

  async stop() {
    this.cut({ refuse: true });
    this.listener.close();
  }
}
