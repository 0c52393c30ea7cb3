// How cases are written: once, for every SDK that has the method or hears the event.
//
//   area('channels', ({ method, event, rule }) => {
//     method('createChannel', 'makes a public channel', async (world) => { … });
//     event('user.channel.joined', 'reaches who was invited', { feature: 'invites' }, async (world) => { … });
//   });
//
// `method` takes the name in the words of `chatkitty` 1 (later packages renamed it) and is skipped by packages without
// it; `event` is skipped by packages that do not listen to it. `only` and `not` narrow further, by code. `feature` names
// the group of `pending.json` the case waits for: such a case runs, must fail, and does not fail the run. `waits`: the
// cases of the area wait for the clock more than for the server, so more of them run at once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { Server } from '../../browser/support/server.mjs';
import { audit } from './audit.mjs';
import { Client, succeeded } from './client.mjs';
import { TcpProxy } from './proxy.mjs';
import { release, SDKS } from './sdks.mjs';
import { owner } from './sockets.mjs';
import { pause } from './until.mjs';

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url)));

export const API_KEY = 'sdk-test';
const LISTENED = read('events.json');
const PENDING = read('pending.json');
const LANDED = new Set((process.env.SDK_FEATURES ?? '').split(',').filter(Boolean));
const CHOSEN = new Set((process.env.SDK_CODES ?? '').split(',').filter(Boolean));
const CASES_AT_ONCE = 4;
const CASES_THAT_WAIT_AT_ONCE = 6;
const CASE_MS = 60_000;
const PENDING_CASE_MS = 7_000;

let server;

// Once per file. `settings` are those of the server.
export function serve(settings = {}) {
  before(async () => {
    server = await startServer(settings);
  });
  after(() => server.stop());
}

export async function startServer(settings = {}) {
  const started = await Server.start({ WHISKER_BOOTSTRAP_API_KEY: API_KEY, ...settings });
  process.on('exit', () => started.process.kill('SIGKILL'));
  return started;
}

export function area(name, options, define = options) {
  const defaults = define === options ? {} : options;
  const chosen = SDKS.filter(({ code }) => CHOSEN.size === 0 || CHOSEN.has(code));
  const [suites, cases] = defaults.waits ? [chosen.length, CASES_THAT_WAIT_AT_ONCE] : [1, CASES_AT_ONCE];
  describe(name, { concurrency: suites }, () => {
    for (const sdk of chosen) describe(sdk.name, { concurrency: cases }, () => define(writer(sdk, defaults)));
  });
}

function writer(sdk, defaults) {
  const add = (subject, sentence, options, run) => {
    const all = { ...defaults, ...(run ? options : {}) };
    if ((all.only && !all.only.includes(sdk.code)) || all.not?.includes(sdk.code) || (!sdk.client && !all.connects)) return;
    const title = `${sdk.name} ${subject}: ${sentence}`;
    const todo = LANDED.has(all.feature) ? undefined : waitsFor(all.feature, title);
    test(title, { todo, timeout: todo ? PENDING_CASE_MS : CASE_MS }, () => play(sdk, run ?? options));
  };
  return {
    sdk,
    method: (name, ...rest) => sdk.has(name) && add(sdk.method(name), ...rest),
    event: (type, ...rest) => LISTENED[type].includes(sdk.code) && add(`event ${type}`, ...rest),
    rule: (...rest) => add('rule', ...rest),
    docs: (...rest) => add('docs', ...rest),
  };
}

// The key of `pending.json` that holds for the case: a group, or a group and a part of the title.
function waitsFor(feature, title) {
  return Object.keys(PENDING).find((key) => {
    const [group, part = ''] = key.split(/: (.*)/s);
    return group === feature && title.includes(part);
  });
}

async function play(sdk, run) {
  const world = new World(sdk);
  try {
    await run(world);
    await world.leave();
    const problems = [...new Set(audit(world.clients.flatMap(({ sockets }) => sockets)))];
    assert.equal(problems.length, 0, `the wire:\n  ${problems.slice(0, 10).join('\n  ')}`);
  } finally {
    await world.leave();
  }
}

let names = 0;

// What a case has: its SDK, the server, and users of its own.
export class World {
  constructor(sdk) {
    this.sdk = sdk;
    this.server = server;
    this.clients = [];
    this.deferred = [];
  }

  get host() {
    return `127.0.0.1:${this.server.port}`;
  }

  // Nobody else has it, in any case of this file.
  name(word) {
    names += 1;
    return `${word}-${names.toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  }

  // A client object without session. `host`: where it connects, this server if not said; `sdk`: a code, for somebody
  // who does what the package under test cannot.
  async client(username, { host = this.host, apiKey = API_KEY, sdk } = {}) {
    const used = sdk ? SDKS.find(({ code }) => code === sdk) : this.sdk;
    const client = new Client(used, username, await used.client(apiKey, host));
    this.clients.push(client);
    return client;
  }

  // A user with a session.
  async user(word = 'user', options = {}) {
    const client = await this.client(options.username ?? this.name(word), options);
    await client.begin(options.authParams);
    return client;
  }

  users(...words) {
    return Promise.all(words.map((word) => this.user(word)));
  }

  // What `connectApi` gives, with its sockets. `user` is the current user.
  async connection(word, options = {}) {
    const connection = { sockets: [], username: options.username ?? this.name(word), hasSession: true };
    const request = { apiKey: API_KEY, username: connection.username, ...options };
    connection.api = await owner.run(connection, () => this.sdk.connect(request, this.host));
    connection.end = async () => {
      connection.hasSession = false;
      await connection.api.dispose();
    };
    this.clients.push(connection);
    return connection;
  }

  // A user `jane` with a channel, and members; each as they see it.
  async together(type, ...words) {
    const clients = await this.users('jane', ...words);
    const members = clients.slice(1).map(({ username }) => ({ username }));
    const name = type === 'DIRECT' ? undefined : this.name('channel');
    const { channel } = succeeded(await clients[0].createChannel({ type, name, members }));
    for (const client of clients) client.channel = succeeded(await client.getChannel(channel.id)).channel;
    return clients;
  }

  async proxy() {
    const proxy = await TcpProxy.to(this.server.port);
    this.defer(() => proxy.stop());
    return proxy;
  }

  defer(task) {
    this.deferred.push(task);
  }

  async leave() {
    const clients = this.clients.filter(({ hasSession }) => hasSession);
    await Promise.all(clients.map((client) => client.end()));
    // Those whose session never began would try for ever.
    const restless = this.clients.filter(({ sockets }) => sockets.some(({ readyState }) => readyState !== WebSocket.CLOSED));
    await Promise.all(restless.map(({ kitty }) => Promise.race([kitty?.endSession().catch(() => {}), pause(500)])));
    for (const { kitty } of this.clients.filter(({ hasEnded }) => hasEnded)) release(kitty);
    for (const task of this.deferred.splice(0).reverse()) await task();
  }
}
