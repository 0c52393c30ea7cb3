/**
 * What the page knows about calls. Pure: events of the client library in, the next state out.
 *
 * ```text
 *   none ─ began ─▶ connecting ─ joined ─▶ in ─ over ─▶ none
 *     └──────────────── joined ───────────▶┘             (started by other code with the same client)
 * ```
 *
 * Invariants
 * - `people` are the others: everybody invited or present, each once, in the order in which they came up.
 * - With `phase` none there is no call and there are no people.
 * - An invitation to the call that this device is in is not kept.
 */
import type { Call, StreamSource, User } from 'whisker-client';

export type PersonState = 'ringing' | 'here' | 'declined' | 'missed';

export interface Person {
  user: User;
  state: PersonState;
  /** Microphone and camera. */
  stream: MediaStream | null;
  screen: MediaStream | null;
  isMuted: boolean;
  isCameraOn: boolean;
}

export interface CallState {
  phase: 'none' | 'connecting' | 'in';
  call: Call | null;
  people: readonly Person[];
  /** When somebody else was there for the first time, in the time of this device. */
  talkingSince: number | null;
  /** Calls that ring here, oldest first. */
  invitations: readonly Call[];
}

export type CallEvent =
  | { type: 'began'; ringing: readonly User[] }
  | { type: 'joined'; call: Call }
  | { type: 'over' }
  | { type: 'listed'; people: readonly { user: User; state: PersonState }[]; at: number }
  | { type: 'accepted'; user: User; at: number }
  | { type: 'declined'; user: User }
  | { type: 'left'; user: User }
  | { type: 'forgotten'; user: User }
  | { type: 'streamed'; user: User; source: StreamSource; stream: MediaStream | null; at: number }
  | { type: 'media'; user: User; isMuted: boolean; isCameraOn: boolean }
  | { type: 'invited'; call: Call }
  | { type: 'settled'; callId: number };

export const NO_CALL: CallState = { phase: 'none', call: null, people: [], talkingSince: null, invitations: [] };

export function callReducer(state: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case 'began':
      return { ...state, phase: 'connecting', call: null, people: event.ringing.map(newPerson), talkingSince: null };
    case 'joined':
      return { ...state, phase: 'in', call: event.call, invitations: without(state.invitations, event.call.id) };
    case 'over':
      return { ...NO_CALL, invitations: state.invitations };
    case 'invited':
      return state.call?.id === event.call.id
        ? state
        : { ...state, invitations: [...without(state.invitations, event.call.id), event.call] };
    case 'settled':
      return { ...state, invitations: without(state.invitations, event.callId) };
    default:
      return withPeople(state, event);
  }
}

type PeopleEvent = Exclude<CallEvent, { type: 'began' | 'joined' | 'over' | 'invited' | 'settled' }>;

function withPeople(state: CallState, event: PeopleEvent): CallState {
  switch (event.type) {
    case 'listed':
      return talking({ ...state, people: event.people.reduce(listed, state.people) }, event.at);
    case 'accepted':
      return talking(changed(state, event.user, { state: 'here' }), event.at);
    case 'declined':
      return isKnown(state, event.user) ? changed(state, event.user, { state: 'declined' }) : state;
    case 'left':
      return { ...state, people: state.people.filter(({ user }) => user.id !== event.user.id) };
    case 'forgotten':
      return {
        ...state,
        people: state.people.filter((person) => person.user.id !== event.user.id || person.state === 'here'),
      };
    case 'media':
      return isKnown(state, event.user)
        ? changed(state, event.user, { isMuted: event.isMuted, isCameraOn: event.isCameraOn })
        : state;
    case 'streamed': {
      const part = event.source === 'screen' ? { screen: event.stream } : { stream: event.stream };
      if (event.stream) return talking(changed(state, event.user, { ...part, state: 'here' }), event.at);
      return isKnown(state, event.user) ? changed(state, event.user, part) : state;
    }
  }
}

/** A list that was asked for may be older than events that came meanwhile: who is here stays here. */
function listed(people: readonly Person[], { user, state }: { user: User; state: PersonState }): readonly Person[] {
  const known = people.find((person) => person.user.id === user.id);
  if (known?.state === 'here') return people;
  if (known) return people.map((person) => (person === known ? { ...person, state } : person));
  // Who gave up before anybody looked is not news.
  const isInCall = state === 'here' || state === 'ringing';
  return isInCall ? [...people, { ...newPerson(user), state }] : people;
}

function talking(state: CallState, at: number): CallState {
  if (state.talkingSince !== null || !state.people.some((person) => person.state === 'here')) return state;
  return { ...state, talkingSince: at };
}

function changed(state: CallState, user: User, part: Partial<Person>): CallState {
  const people = isKnown(state, user) ? state.people : [...state.people, newPerson(user)];
  return { ...state, people: people.map((person) => (person.user.id === user.id ? { ...person, ...part } : person)) };
}

function isKnown({ people }: CallState, { id }: User): boolean {
  return people.some((person) => person.user.id === id);
}

function newPerson(user: User): Person {
  return { user, state: 'ringing', stream: null, screen: null, isMuted: false, isCameraOn: true };
}

function without(calls: readonly Call[], id: number): readonly Call[] {
  return calls.filter((call) => call.id !== id);
}
