/** Who takes part in a call: asks the server, and knows everybody it has met. */
import { succeeded, type Call, type CallOutcome, type ChatKitty, type User } from 'whisker-client';
import type { PersonState } from './call-state';

const STATES: Partial<Record<CallOutcome, PersonState>> = {
  INVITED: 'ringing', ACCEPTED: 'here', DECLINED: 'declined', BUSY: 'declined', MISSED: 'missed',
};

export interface Listed {
  user: User;
  state: PersonState;
}

/** The others in a call as the server knows them now; null when it does not answer. */
export async function rosterOf(kitty: ChatKitty, callId: number, known: Map<number, User>): Promise<readonly Listed[] | null> {
  const result = await kitty.Calls.getCall(callId);
  if (!succeeded(result)) return null;
  const listed = await Promise.all(othersIn(result.call, kitty.currentUser?.id).map(async ({ id, state }) => {
    const user = known.get(id) ?? (await fetchUser(kitty, id, known));
    return user && { user, state };
  }));
  return listed.filter((entry) => entry !== null);
}

function othersIn(call: Call, myId: number | undefined): { id: number; state: PersonState }[] {
  return (call.participants ?? []).flatMap(({ userId, outcome }) => {
    const state = STATES[outcome];
    return state && userId !== myId ? [{ id: userId, state }] : [];
  });
}

async function fetchUser(kitty: ChatKitty, id: number, known: Map<number, User>): Promise<User | null> {
  const result = await kitty.getUser(id);
  if (!succeeded(result)) return null;
  known.set(id, result.user);
  return result.user;
}
