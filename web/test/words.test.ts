import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Call, CallEndReason, CallOutcome, User } from 'whisker-client';
import { missingNotice } from '../src/demo/call/local-media';
import { clock, duration, endedNotice, outcomeFor } from '../src/demo/call/outcome';
import { listNames, withUser } from '../src/demo/lobby/people';
import { sortLog, type LoggedCall } from '../src/demo/lobby/call-log';
import { when } from '../src/demo/lobby/when';

const ME = 1;
const START = '2026-05-01T10:00:00.000Z';

function ended(endReason: CallEndReason, creator: number, mine: CallOutcome, talked = 0): Call {
  const endTime = new Date(Date.parse(START) + talked * 1000).toISOString();
  const joined = mine === 'LEFT' ? { joinedTime: START } : {};
  return {
    id: 1, state: 'ENDED', endReason, creator: { id: creator }, createdTime: START, endTime,
    ...(talked > 0 && { activeTime: START }),
    participants: [{ userId: ME, outcome: mine, invitedTime: START, ...joined }],
  } as Call;
}

describe('what became of a call', () => {
  it('depends on who made it', () => {
    const rows: [Call, string, string][] = [
      [ended('COMPLETED', ME, 'LEFT', 62), 'outgoing', 'Answered'],
      [ended('DECLINED', ME, 'LEFT'), 'outgoing', 'Declined'],
      [ended('MISSED', ME, 'LEFT'), 'outgoing', 'No answer'],
      [ended('BUSY', ME, 'LEFT'), 'outgoing', 'Busy'],
      [ended('CANCELLED', ME, 'CANCELLED'), 'outgoing', 'Cancelled'],
      [ended('FAILED', ME, 'FAILED'), 'outgoing', 'Connection failed'],
      [ended('COMPLETED', 2, 'LEFT', 62), 'incoming', 'Answered'],
      [ended('FAILED', 2, 'LEFT', 62), 'incoming', 'Connection failed'],
      [ended('DECLINED', 2, 'DECLINED'), 'incoming', 'You declined'],
      [ended('BUSY', 2, 'BUSY'), 'missed', 'You were busy'],
      [ended('MISSED', 2, 'MISSED'), 'missed', 'Missed'],
      [ended('CANCELLED', 2, 'MISSED'), 'missed', 'Missed'],
      [ended('COMPLETED', 2, 'MISSED', 62), 'missed', 'Missed'],
    ];
    for (const [call, direction, label] of rows) {
      const outcome = outcomeFor(call, ME);
      assert.deepEqual([outcome.direction, outcome.label], [direction, label], JSON.stringify(call));
    }
  });

  it('is told to whoever is still there, unless they know', () => {
    assert.equal(endedNotice(ended('DECLINED', ME, 'LEFT'), ME, 'Bob'), 'Bob declined the call');
    assert.equal(endedNotice(ended('MISSED', ME, 'LEFT'), ME, 'Bob'), 'Bob did not answer');
    assert.equal(endedNotice(ended('COMPLETED', 2, 'LEFT', 62), ME, 'Bob'), 'Call ended after 1 min');
    assert.equal(endedNotice(ended('CANCELLED', ME, 'CANCELLED'), ME, 'Bob'), null);
    assert.equal(endedNotice(ended('DECLINED', 2, 'DECLINED'), ME, 'Bob'), null);
  });
});

describe('words', () => {
  it('say how long', () => {
    assert.deepEqual([0, 7, 65, 3723, -3].map(clock), ['0:00', '0:07', '1:05', '1:02:03', '0:00']);
    assert.deepEqual([7, 59, 61, 3600, 3720].map(duration), ['7 s', '59 s', '1 min', '1 h', '1 h 2 min']);
    assert.equal(duration(2 * 3600 - 1), '2 h');
  });

  it('say when', () => {
    const now = new Date(2026, 4, 20, 15, 0).getTime();
    const ago = (minutes: number): string => when(now - minutes * 60_000, now, 'en-GB');
    assert.equal(ago(0), 'just now');
    assert.equal(ago(5), '5 min ago');
    assert.equal(ago(120), '13:00');
    assert.match(ago(60 * 24), /Tue.*15:00/);
    assert.equal(ago(60 * 24 * 20), '30 Apr');
    assert.equal(when(now + 5_000, now), 'just now', 'a clock that is ahead');
  });

  it('list names', () => {
    const names = ['Ann', 'Bob', 'Cem', 'Dee', 'Eve'];
    const expected = ['Nobody', 'Ann', 'Ann and Bob', 'Ann, Bob and Cem', 'Ann, Bob and 2 others', 'Ann, Bob and 3 others'];
    assert.deepEqual(expected.map((_, count) => listNames(names.slice(0, count))), expected);
  });

  it('say which device is missing, and why', () => {
    assert.equal(missingNotice(true, true, ''), null);
    assert.match(missingNotice(true, false, 'NotFoundError') ?? '', /No camera was found. Others hear you/);
    assert.match(missingNotice(false, true, 'NotReadableError') ?? '', /microphone is in use/);
    assert.match(missingNotice(false, false, 'NotAllowedError') ?? '', /does not let this page use your camera or microphone.*watch and listen/);
  });
});

describe('lists of the lobby', () => {
  const person = (id: number, displayName: string, online = true): User => ({ id, displayName, presence: { online } }) as User;

  it('take in whoever comes, in order, and drop whoever goes', () => {
    const people = [person(1, 'Zoe'), person(2, 'ann')].reduce(withUser, [] as readonly User[]);
    assert.deepEqual(people.map(({ id }) => id), [2, 1]);
    assert.deepEqual(withUser(people, person(1, 'Zoe', false)).map(({ id }) => id), [2]);
    assert.deepEqual(withUser(people, person(1, 'Abe')).map(({ displayName }) => displayName), ['Abe', 'ann']);
  });

  it('part calls that go on from calls that were, newest first', () => {
    const entry = (id: number, state: string, createdTime: string): LoggedCall => ({ call: { id, state, createdTime } }) as LoggedCall;
    const log = sortLog([entry(1, 'ENDED', '2026-01-01'), entry(2, 'ACTIVE', '2026-01-02'), entry(3, 'ENDED', '2026-01-03')]);
    assert.deepEqual(log.ongoing.map(({ call }) => call.id), [2]);
    assert.deepEqual(log.past?.map(({ call }) => call.id), [3, 1]);
  });
});
