// The audit itself: it is silent about a session as it was, and says what is wrong with one that was tampered with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from './support/audit.mjs';
import { serve, World } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';
import { parse } from './support/frames.mjs';
import { SDKS } from './support/sdks.mjs';

serve();

// The frames of a session with one of everything: relays, pages, topics, a result, an error.
async function recording() {
  const world = new World(SDKS.find(({ code }) => code === 'J1'));
  const [jane] = await world.together('PUBLIC', 'john');
  succeeded(await jane.getUsers());
  failed(await jane.getChannel(987_654_321), 'NotFoundError');
  await jane.fence();
  await world.leave();
  return jane.log;
}

const isIn = ({ direction }) => direction === 'in';
const isEvent = (entry) => isIn(entry) && entry.headers?.ack;
const isResult = (entry) => isEvent(entry) && entry.headers['receipt-id'];
const isAnswer = (entry) => isIn(entry) && entry.command === 'MESSAGE' && !entry.headers.ack;
const isError = (entry) => isIn(entry) && Boolean(entry.headers['subscription-id']);
const isPage = (entry) => isAnswer(entry) && entry.body.includes('_embedded');

// Changes the JSON of a frame, and its length with it.
const rewrite = (change) => (entry) => {
  const json = JSON.parse(entry.body);
  change(json);
  entry.body = JSON.stringify(json);
  entry.headers['content-length'] = String(Buffer.byteLength(entry.body));
};

const TAMPERED = [
  ['a wrong length', isEvent, (entry) => { entry.headers['content-length'] = '1'; }, 'content-length is not the length'],
  ['another content type', isEvent, (entry) => { entry.headers['content-type'] = 'text/plain'; }, 'content-type is not JSON'],
  ['a binary message', isEvent, (entry) => { entry.isBinary = true; }, 'a binary message'],
  ['a session that can be guessed', ({ command }) => command === 'CONNECTED', ({ headers }) => { headers.session = '1'; }, 'session can be guessed'],
  ['another version', ({ command }) => command === 'CONNECTED', ({ headers }) => { headers.version = '1.1'; }, 'version is not 1.2'],
  ['no ack', isEvent, (entry) => { delete entry.headers.ack; }, 'an event without ack'],
  ['another destination', isEvent, (entry) => { entry.headers.destination = '/topic/x'; }, 'another destination than'],
  ['no subscription', isEvent, (entry) => { entry.headers.subscription = 'x'; }, 'a MESSAGE for no subscription'],
  ['the same message-id again', isEvent, (entry, log) => log.push({ ...entry }), 'message-id is missing or used twice'],
  ['a second answer', isPage, (entry, log) => log.push({ ...entry, headers: { ...entry.headers, 'message-id': 'x' } }), 'a relay was answered twice'],
  ['a second result', isResult, (entry, log) => log.push({ ...entry, headers: { ...entry.headers, 'message-id': 'x' } }), 'a second result of one action'],
  ['a result without RECEIPT', isResult, (entry, log) => {
    log.splice(log.findIndex(({ command, headers }) => command === 'RECEIPT' && headers['receipt-id'] === entry.headers['receipt-id']), 1);
  }, 'a result before its RECEIPT'],
  ['an unknown event', isEvent, rewrite((json) => { json.type = 'user.channel.exploded'; }), 'an unknown event'],
  ['an event on the wrong topic', isResult, (entry) => {
    rewrite((json) => { json.type = 'contact.presence.changed'; })(entry);
    delete entry.headers['receipt-id'];
  }, 'contact.presence.changed on CurrentUser.channels'],
  ['null for an optional member', isResult, rewrite(({ resource }) => { resource.lastReceivedMessage = null; }), 'lastReceivedMessage is null'],
  ['null for an unknown member', isResult, rewrite(({ resource }) => { resource.extra = null; }), 'extra is null'],
  ['a missing relay', isResult, rewrite(({ resource }) => { delete resource._relays.members; }), '_relays.members is missing'],
  ['a user inside without relays', isResult, rewrite(({ resource }) => { delete resource.creator._relays; }), 'creator._relays is missing'],
  ['a page without relays', isPage, rewrite(({ resource }) => { delete resource._relays; }), '_relays is missing'],
  ['a page of something else', isPage, rewrite(({ resource }) => { resource._embedded = { others: [] }; }), '_embedded.users is not a list'],
  ['an error that names no request', isError, ({ headers }) => { delete headers['subscription-id']; }, 'fails them all'],
  ['an error without time', isError, rewrite((json) => { delete json.timestamp; }), 'an error without name, message or time'],
  ['a receipt for what failed', isError, (entry, log) => {
    const send = log.find(({ command }) => command === 'SEND');
    entry.headers['receipt-id'] = send.headers.receipt;
  }, 'an error after the RECEIPT'],
  ['something that is no frame', isEvent, (entry) => { entry.problem = 'no end of headers'; }, 'no end of headers'],
];

test('the audit finds nothing in a session as it was', async () => {
  assert.deepEqual(audit([{ log: await recording() }]), []);
});

test('the audit finds what was tampered with', async () => {
  const log = await recording();
  for (const [what, isTarget, tamper, problem] of TAMPERED) {
    const copy = structuredClone(log);
    const entry = copy.find(isTarget);
    assert.ok(entry, `there is something to tamper with: ${what}`);
    tamper(entry, copy);
    const found = audit([{ log: copy }]);
    assert.ok(found.some((text) => text.includes(problem)), `${what}: ${found.join('; ') || 'nothing found'}`);
  }
});

test('frames are read strictly', () => {
  assert.deepEqual(parse('MESSAGE\na:1\na:2\nb:x\\cy\n\nbody\0'), { command: 'MESSAGE', headers: { a: '1', b: 'x:y' }, body: 'body' });
  assert.equal(parse('\n'), null);
  assert.equal(parse('CONNECTED\nsession:a\\cb\n\n\0').headers.session, 'a\\cb', 'nothing is escaped there');
  for (const text of ['MESSAGE\n\nbody', 'MESSAGE\n\na\0b\0', 'MESSAGE\n\n\0\n', 'MESSAGE\nheader\n\n\0', 'MESSAGE\na:\\x\n\n\0', 'MESSAGE']) {
    assert.throws(() => parse(text), Error, JSON.stringify(text));
  }
});
