// What must hold for every frame that the server sends, whatever the case is about. Runs after each case over all
// connections of its users; a case whose own assertions hold fails if the wire was wrong.
//
//   framing    one frame per message, as text, exact content-length, a session in CONNECTED (1.5, 1.8)
//   relays     one answer, of the kind that the key promises (2.2, 2.9, 4)
//   topics     a known event, on the topic it belongs to, with the resource it has, to be acknowledged (2.3, 6)
//   actions    RECEIPT before the result, one result, no RECEIPT for what failed (2.5, 2.6)
import { check, checkPage } from './shapes.mjs';
import { EVENTS, HARD_CODED, isUserTopic, RELAYS } from './vocabulary.mjs';

const ERRORS = new Set(['/user/queue/v1/errors', '/user/queue/errors']);

const relays = new Map(); // relay up to `.relay` → what answers it
const topics = new Map(); // topic → places like `Channel.messages`

const upToRelay = (destination) => destination.replace(/(\.relay).*$/s, '$1');

function learn(kind, { _relays = {}, _topics = {} }) {
  for (const [key, answer] of Object.entries(RELAYS[kind] ?? {})) {
    if (typeof _relays[key] === 'string') relays.set(upToRelay(_relays[key]), answer);
  }
  for (const [key, topic] of Object.entries(_topics)) {
    if (!topics.has(topic)) topics.set(topic, new Set());
    topics.get(topic).add(`${kind}.${key}`);
  }
}

export function audit(sockets) {
  return sockets.flatMap((socket) => new Connection(socket.log).problems);
}

class Connection {
  constructor(log) {
    this.problems = [];
    this.subscriptions = new Map();
    this.answered = new Set();
    this.messages = new Set();
    this.sent = new Map(); // receipt → what became of the SEND
    for (const entry of log) {
      const before = this.problems.length;
      if (entry.problem) this.problems.push(entry.problem);
      else if (entry.direction === 'out') this.client(entry);
      else this.server(entry);
      for (let at = before; at < this.problems.length; at += 1) this.problems[at] += ` (${context(entry)})`;
    }
  }

  expect(holds, problem) {
    if (!holds) this.problems.push(problem);
  }

  client({ command, headers }) {
    if (command === 'SUBSCRIBE') this.subscriptions.set(headers.id, headers);
    if (command === 'SEND') this.sent.set(headers.receipt, { receipted: false, result: false });
  }

  server(entry) {
    const { command, headers, body } = entry;
    this.expect(!entry.isBinary, 'a binary message');
    if (body || command === 'MESSAGE') {
      this.expect(Number(headers['content-length']) === Buffer.byteLength(body), 'content-length is not the length');
      this.expect(headers['content-type']?.includes('application/json'), 'content-type is not JSON');
    }
    if (command === 'CONNECTED') this.connected(headers);
    else if (command === 'RECEIPT') this.receipt(headers['receipt-id']);
    else if (command === 'MESSAGE') this.message(headers, body);
    else this.expect(command === 'ERROR', `an unknown command ${command}`);
  }

  connected(headers) {
    this.expect(headers.version === '1.2', 'version is not 1.2');
    this.expect(headers.session?.length >= 16, 'session can be guessed');
    this.expect(headers['heart-beat'] === '10000,60000', 'heart-beat is not the recommended one');
  }

  receipt(id) {
    const send = this.sent.get(id);
    if (!send) return;
    this.expect(!send.receipted, 'a second RECEIPT for one SEND');
    this.expect(!send.failed, 'a RECEIPT for a SEND that failed');
    send.receipted = true;
  }

  message(headers, body) {
    const subscription = this.subscriptions.get(headers.subscription);
    this.expect(headers['message-id'] && !this.messages.has(headers['message-id']), 'message-id is missing or used twice');
    this.messages.add(headers['message-id']);
    if (!subscription) return this.expect(false, 'a MESSAGE for no subscription');
    this.expect(headers.destination === subscription.destination, 'another destination than the subscription has');
    const json = parse(body);
    if (!json) return this.expect(false, 'a body that is not a JSON object');
    if (ERRORS.has(subscription.destination)) return this.failure(headers, json);
    if (subscription.ack) return this.event(headers, json, subscription);
    this.expect(!this.answered.has(headers.subscription), 'a relay was answered twice');
    this.answered.add(headers.subscription);
    this.relay(subscription.destination, json.resource);
  }

  failure(headers, { error, message, timestamp }) {
    const texts = [error, message, timestamp].every((text) => typeof text === 'string' && text !== '');
    this.expect(texts, 'an error without name, message or time');
    this.expect(headers['subscription-id'] || headers['receipt-id'], 'an error that belongs to no request fails them all');
    const send = this.sent.get(headers['receipt-id']);
    if (!send) return;
    this.expect(!send.receipted, 'an error after the RECEIPT');
    send.failed = true;
  }

  relay(destination, resource) {
    const answer = relays.get(upToRelay(destination)) ?? HARD_CODED.find(([pattern]) => pattern.test(destination))?.[1];
    if (!answer) return this.expect(false, 'an answer to a relay that nobody was told of');
    if (answer === 'Message' && resource === null) return; // the last read message of who has read none
    const found = Array.isArray(answer) ? checkPage(answer[0], resource, learn) : check(answer, resource, learn);
    this.problems.push(...found);
  }

  event(headers, { type, version, resource }, { destination }) {
    const places = [...(topics.get(destination) ?? [])];
    this.expect(headers.ack, 'an event without ack');
    this.expect(version === 'v1', 'version is not v1');
    const [kind, where] = EVENTS[type] ?? [];
    if (!kind) return this.expect(false, `an unknown event ${type}`);
    const isResult = Boolean(headers['receipt-id']);
    const isThere = where.some((place) => places.includes(place)) || (isResult && places.some(isUserTopic));
    this.expect(isThere, `${type} on ${places}`);
    this.problems.push(...check(kind, resource, learn));
    if (isResult) this.result(headers['receipt-id'], places);
  }

  result(receipt, places) {
    this.expect(places.some(isUserTopic), 'a result on a topic that the client may not hold');
    const send = this.sent.get(receipt);
    if (!send) return;
    this.expect(send.receipted, 'a result before its RECEIPT');
    this.expect(!send.result, 'a second result of one action');
    send.result = true;
  }
}

function parse(body) {
  try {
    const json = JSON.parse(body);
    return typeof json === 'object' ? json : null;
  } catch {
    return null;
  }
}

const context = ({ command, headers, body }) =>
  `${command} ${headers?.destination ?? headers?.['receipt-id'] ?? ''} ${(body ?? '').slice(0, 300)}`;
