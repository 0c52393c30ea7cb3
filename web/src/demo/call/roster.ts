/** Who takes part in a call: asks the server, and knows everybody it has met. */
import { succeeded, type Call, type CallOutcome, type ChatKitty, type User } from 'whisker-client';
import type { PersonState } from './call-state';

const STATES: Partial<Record<CallOutcome, PersonState>> = {
  INVITED: 'ringing', ACCEPTED: 'here', DECLINED: 'declined', BUSY: 'declined', MISSED: 'missed',
};

export interface Roster {
  people: readonly { user: User; state: PersonState }[];
  /** Who was in the call and is not any more. */
  goneIds: ReadonlySet<number>;
}

/** The others in a call as the server knows them now; null when it does not answer. */
export async function rosterOf(kitty: ChatKitty, callId: number, known: Map<number, User>): Promise<Roster | null> {
  const result = await kitty.Calls.getCall(callId);
  if (!succeeded(result)) return null;
  const others = othersIn(result.call, kitty.currentUser?.id);
  const listed = await Promise.all(others.map(async ({ id, state }) => {
    if (!state) return null;
    const user = known.get(id) ?? (await fetchUser(kitty, id, known));
    return user && { user, state };
  }));
  return {
    people: listed.filter((entry) => entry !== null),
    goneIds: new Set(others.filter(({ state }) => !state).map(({ id }) => id)),
  };
}

function othersIn(call: Call, myId: number | undefined): { id: number; state: PersonState | undefined }[] {
  const others = (call.participants ?? []).filter(({ userId }) => userId !== myId);
  return others.map(({ userId, outcome }) => ({ id: userId, state: STATES[outcome] }));
}

async function fetchUser(kitty: ChatKitty, id: number, known: Map<number, User>): Promise<User | null> {
  const result = await kitty.getUser(id);
  if (!succeeded(result)) return null;
  known.set(id, result.user);
  return result.user;
}
