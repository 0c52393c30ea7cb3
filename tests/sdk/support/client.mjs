// A user of a case: one client object of the SDK, called in the words of the documentation, and what it saw.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Recorder } from './recorder.mjs';
import { WORDS } from './sdks.mjs';
import { owner } from './sockets.mjs';
import { until, within } from './until.mjs';

export class Client {
  constructor(sdk, username, kitty) {
    this.sdk = sdk;
    this.username = username;
    this.kitty = kitty;
    this.sockets = [];
    this.hasSession = false;
    this.hasEnded = false;
    for (const word of WORDS) {
      this[word] ??= (...values) => {
        const result = owner.run(this, () => kitty[sdk.method(word)](...values));
        return result instanceof Promise ? within(`${sdk.name} ${sdk.method(word)}`, result) : result;
      };
    }
  }

  // Starts the session, which must succeed. `user` is the current user as of then.
  async begin(authParams) {
    const { session } = succeeded(await this.startSession({ username: this.username, authParams }));
    this.hasSession = true;
    this.user = session.user;
    await until('the user topics are subscribed', () => this.hears(Object.values(this.topicsOf(session.user))));
    return session;
  }

  async end() {
    this.hasSession = false;
    await this.endSession();
    this.hasEnded = true;
  }

  topicsOf(user) {
    const { elements, features, styles, readReceipts, ...topics } = user._topics;
    if (this.sdk.code === 'C2') return user._topics;
    if (this.sdk.code !== 'A5') return topics;
    const { threads, ...oldest } = topics;
    return oldest;
  }

  // All frames, over all connections.
  get frames() {
    return this.sockets.flatMap(({ log }) => log);
  }

  // Those of the last connection.
  get log() {
    return this.sockets.at(-1)?.log ?? [];
  }

  // Has the server confirmed a subscription to each of the topics, on the last connection?
  hears(topics) {
    const receipts = new Set(this.log.filter(({ command }) => command === 'RECEIPT').map(({ headers }) => headers['receipt-id']));
    const confirmed = this.log.filter(({ command, headers }) => command === 'SUBSCRIBE' && receipts.has(headers.receipt));
    const heard = new Set(confirmed.map(({ headers }) => headers.destination));
    return topics.every((topic) => heard.has(topic));
  }

  // Events that arrived, oldest first: { type, resource, topic, result }; `result` is the receipt of the own action.
  events(type) {
    const isEvent = ({ direction, command, headers }) => direction === 'in' && command === 'MESSAGE' && headers.ack;
    const read = ({ headers, body }) => ({ ...JSON.parse(body), topic: headers.destination, result: headers['receipt-id'] });
    return this.frames.filter(isEvent).map(read).filter((event) => !type || event.type === type);
  }

  async event(type, matches = () => true) {
    return until(`${this.username} gets ${type}`, () => this.events(type).find(({ resource }) => matches(resource)));
  }

  // Everything that others had done before is here after this: the server keeps the order of one connection.
  async fence() {
    succeeded(await this.getCurrentUser());
  }

  observe(name) {
    const recorder = new Recorder(`${this.username} ${name}`);
    this[name](recorder.record);
    return recorder;
  }

  // A chat session whose topics are live, with a recorder for every callback of the package.
  async enter(channel) {
    const chat = { channel };
    const request = { channel };
    for (const name of this.sdk.chat) {
      chat[name] = new Recorder(`${this.username} ${name}`);
      request[this.sdk.callback(name)] = chat[name].record;
    }
    const { session } = succeeded(this.startChatSession(request));
    chat.session = session;
    const topics = this.sdk.topics.map((key) => channel._topics[key]);
    await until('the chat session is live', () => this.hears(topics));
    return chat;
  }
}

export function succeeded(result) {
  if (!result.succeeded || result.failed) assert.fail(`failed: ${JSON.stringify(result.error)}`);
  return result;
}

// Refused, for whatever reason: where the protocol does not name it.
export function refused(result) {
  if (!result.failed || result.succeeded) assert.fail(`succeeded: ${inspect(result, { depth: 2 })}`);
  assert.match(result.error.error, /^(AccessDenied|NotFound|Validation|Conflict)Error$/);
}

export function failed(result, error) {
  if (!result.failed || result.succeeded) assert.fail(`succeeded: ${inspect(result, { depth: 2 })}`);
  assert.equal(result.error.error, error, JSON.stringify(result.error));
  assert.ok(result.error.message, 'an error says why');
  assert.ok(Date.parse(result.error.timestamp), 'an error says when');
  return result.error;
}

// The SDKs throw objects of their own, which name themselves in one of two ways.
export function throws(call, name) {
  assert.throws(call, (thrown) => (thrown.error ?? thrown.type) === name, `must throw ${name}`);
}
