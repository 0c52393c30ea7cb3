// A UDP path that loses packets: browsers send to it instead of the server, it forwards both ways.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export class LossyPath {
  // `loss`: fraction of RTP and RTCP datagrams dropped in each direction; STUN and DTLS pass.
  static async open(serverPort, loss, seed = 42) {
    const path = new LossyPath();
    Object.assign(path, { serverPort, loss, seed, upstreams: new Map(), dropped: { up: 0, down: 0 }, passed: { up: 0, down: 0 } });
    path.front = createSocket('udp4');
    path.front.bind(0, '127.0.0.1');
    await once(path.front, 'listening');
    path.port = path.front.address().port;
    path.front.on('message', (datagram, from) => path.fromBrowser(datagram, from));
    return path;
  }

  // A small deterministic generator (mulberry32): the losses of a run can be repeated.
  random() {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  passes(datagram, direction) {
    const isMedia = datagram[0] >= 128 && datagram[0] < 192;
    const drop = isMedia && this.random() < this.loss;
    (drop ? this.dropped : this.passed)[direction] += 1;
    return !drop;
  }

  fromBrowser(datagram, from) {
    const key = `${from.address}:${from.port}`;
    let upstream = this.upstreams.get(key);
    if (!upstream) {
      upstream = createSocket('udp4');
      upstream.on('message', (answer) => {
        if (this.passes(answer, 'down')) this.front.send(answer, from.port, from.address);
      });
      this.upstreams.set(key, upstream);
    }
    if (this.passes(datagram, 'up')) upstream.send(datagram, this.serverPort, '127.0.0.1');
  }

  close() {
    this.front.close();
    for (const upstream of this.upstreams.values()) upstream.close();
  }
}
