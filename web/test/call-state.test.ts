import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Call, User } from 'whisker-client';
import { callReducer, NO_CALL, type CallEvent, type CallState } from '../src/demo/call/call-state';

const user = (id: number): User => ({ id, name: `user${id}` }) as User;
const call = (id: number): Call => ({ id }) as Call;
const stream = {} as MediaStream;

function after(...events: CallEvent[]): CallState {
  return events.reduce(callReducer, NO_CALL);
}

const states = ({ people }: CallState): string[] => people.map((person) => `${person.user.id} ${person.state}`);

const ringing: CallEvent = { type: 'began', ringing: [user(1), user(2)] };
const joined: CallEvent = { type: 'joined', call: call(9) };

describe('the state of a call', () => {
  it('lists everybody who is rung, and follows what becomes of them', () => {
    const state = after(
      ringing, joined, { type: 'accepted', user: user(1), at: 5 }, { type: 'declined', user: user(2) },
    );
    assert.equal(state.phase, 'in');
    assert.deepEqual(states(state), ['1 here', '2 declined']);
    assert.equal(state.talkingSince, 5);
  });

  it('counts talking from the first other person on', () => {
    const state = after(
      joined,
      { type: 'streamed', user: user(1), source: 'camera', stream, at: 7 },
      { type: 'accepted', user: user(2), at: 11 },
    );
    assert.equal(state.talkingSince, 7);
  });

  it('shows a stream that came before the news that this device is in the call', () => {
    const state = after({ type: 'streamed', user: user(1), source: 'camera', stream, at: 1 }, joined);
    assert.equal(state.people[0]?.stream, stream);
  });

  it('keeps a camera when a screen comes and goes', () => {
    const shared = after(
      joined,
      { type: 'streamed', user: user(1), source: 'camera', stream, at: 1 },
      { type: 'streamed', user: user(1), source: 'screen', stream, at: 2 },
    );
    assert.equal(shared.people[0]?.screen, stream);
    const ended = callReducer(shared, { type: 'streamed', user: user(1), source: 'screen', stream: null, at: 3 });
    assert.equal(ended.people[0]?.screen, null);
    assert.equal(ended.people[0]?.stream, stream);
  });

  it('does not bring back somebody who left', () => {
    const left = after(joined, { type: 'accepted', user: user(1), at: 1 }, { type: 'left', user: user(1) });
    const late: CallEvent[] = [
      { type: 'streamed', user: user(1), source: 'screen', stream: null, at: 2 },
      { type: 'media', user: user(1), isMuted: true, isCameraOn: true },
      { type: 'declined', user: user(1) },
      { type: 'listed', people: [{ user: user(1), state: 'missed' }], at: 3 },
    ];
    for (const event of late) assert.deepEqual(states(callReducer(left, event)), [], event.type);
  });

  it('lets somebody who is here win over an older list', () => {
    const state = after(
      ringing, joined,
      { type: 'accepted', user: user(1), at: 1 },
      { type: 'listed', people: [{ user: user(1), state: 'ringing' }, { user: user(2), state: 'missed' }, { user: user(3), state: 'here' }], at: 2 },
    );
    assert.deepEqual(states(state), ['1 here', '2 missed', '3 here']);
  });

  it('forgets who declined, but not who came after all', () => {
    const declined = after(ringing, joined, { type: 'declined', user: user(1) });
    assert.deepEqual(states(callReducer(declined, { type: 'forgotten', user: user(1) })), ['2 ringing']);
    const back = callReducer(declined, { type: 'accepted', user: user(1), at: 4 });
    assert.deepEqual(states(callReducer(back, { type: 'forgotten', user: user(1) })), ['1 here', '2 ringing']);
  });

  it('has no people without a call, whatever happened in it', () => {
    const state = after(ringing, joined, { type: 'accepted', user: user(1), at: 1 }, { type: 'over' });
    assert.deepEqual(state, NO_CALL);
  });
});

describe('invitations', () => {
  const invited = (id: number): CallEvent => ({ type: 'invited', call: call(id) });
  const ids = ({ invitations }: CallState): number[] => invitations.map(({ id }) => id);

  it('ring until they are settled, oldest first, each once', () => {
    assert.deepEqual(ids(after(invited(1), invited(2), invited(1))), [2, 1]);
    assert.deepEqual(ids(after(invited(1), invited(2), { type: 'settled', callId: 1 })), [2]);
  });

  it('end when the call is joined, and survive the end of another call', () => {
    assert.deepEqual(ids(after(invited(9), invited(2), joined)), [2]);
    assert.deepEqual(ids(after(joined, invited(2), { type: 'over' })), [2]);
  });

  it('to the call one is in are not kept', () => {
    assert.deepEqual(ids(after(joined, invited(9))), []);
  });
});
