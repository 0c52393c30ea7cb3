// The real binary in a data folder of its own, on a free port of the loopback.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

const BINARY = process.env.TEST_BINARY ?? fileURLToPath(new URL('../../../target/debug/whisker', import.meta.url));

export class Server {
  static async start(settings = {}) {
    const server = new Server();
    server.port = await freePort();
    server.dataDir = await mkdtemp(join(tmpdir(), 'whisker-browser-'));
    server.settings = settings;
    await server.launch();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async launch() {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHISKER_'));
    const env = {
      ...Object.fromEntries(inherited),
      WHISKER_LISTEN: `127.0.0.1:${this.port}`,
      WHISKER_DATA_DIR: this.dataDir,
      WHISKER_BOOTSTRAP_API_KEY: 'browser-test',
      WHISKER_LOG__LEVEL: process.env.TEST_LOG ?? 'warn',
      ...this.settings,
    };
    this.process = spawn(BINARY, ['serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.process.stdout.resume();
    await until('the server is ready', async () => {
      if (this.process.exitCode !== null) throw new Error(`the server ended with ${this.process.exitCode}`);
      const response = await fetch(`${this.url}/readyz`).catch(() => null);
      return response?.ok;
    });
  }

  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(' '));
    return new Map(samples.map(([name, value]) => [name, Number(value)]));
  }

  async end(signal) {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    await exited;
  }

  async killAndRestart() {
    await this.end('SIGKILL');
    await this.launch();
  }

  async stop() {
    await this.end('SIGTERM');
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
