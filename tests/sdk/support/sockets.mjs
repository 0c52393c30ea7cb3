// The WebSocket given to the SDKs: the one of `ws`, keeping every frame, so that cases and the audit can look at them.
import { AsyncLocalStorage } from 'node:async_hooks';
import WebSocket from 'ws';
import { parse } from './frames.mjs';

// Whose socket it is: an object with a list of `sockets`. It follows the SDK through its timers, so reconnects count.
export const owner = new AsyncLocalStorage();

export class RecordingSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols);
    this.log = [];
    owner.getStore()?.sockets.push(this);
    this.on('message', (data, isBinary) => this.keep('in', data, isBinary));
  }

  send(data, ...rest) {
    this.keep('out', data, typeof data !== 'string');
    super.send(data, ...rest);
  }

  keep(direction, data, isBinary) {
    const entry = { direction, isBinary, number: this.log.length };
    try {
      const frame = parse(Buffer.isBuffer(data) || typeof data === 'string' ? data.toString() : Buffer.from(data).toString());
      if (!frame) return;
      Object.assign(entry, frame);
    } catch (error) {
      entry.problem = error.message;
    }
    this.log.push(entry);
  }
}

export function install() {
  globalThis.WebSocket = RecordingSocket;
}
