/** Keeps the list of people in a call true: who rings, who gave up. */
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ChatKitty, User } from 'whisker-client';
import type { CallEvent, CallState } from './call-state';
import { rosterOf } from './roster';

/** How often it is asked who still rings: nobody tells those in the call that somebody did not answer. */
const LOOK_MS = 4_000;
/** How long "Declined" stays on the page. */
const FAREWELL_MS = 4_000;

export function useRoster(kitty: ChatKitty, state: CallState, dispatch: (event: CallEvent) => void): void {
  const known = useRef(new Map<number, User>());
  for (const { user } of state.people) known.current.set(user.id, user);
  const callId = state.phase === 'in' ? state.call?.id : undefined;
  const isRinging = state.people.some((person) => person.state === 'ringing');

  const look = useEffectEvent(async (id: number): Promise<void> => {
    const roster = await rosterOf(kitty, id, known.current);
    if (!roster || kitty.Calls.activeCall?.id !== id) return;
    dispatch({ type: 'listed', people: roster.people, at: Date.now() });
    // Somebody may have left while the connection was away; whoever is still heard is here.
    const heard = new Set(kitty.Calls.remoteStreams.map(({ user }) => user.id));
    for (const { user } of state.people) {
      if (roster.goneIds.has(user.id) && !heard.has(user.id)) dispatch({ type: 'left', user });
    }
  });
  useEffect(() => {
    if (callId === undefined) return;
    void look(callId);
    return kitty.onCurrentUserOnline(() => void look(callId));
  }, [kitty, callId]);
  useEffect(() => {
    if (callId === undefined || !isRinging) return;
    const timer = setInterval(() => void look(callId), LOOK_MS);
    return () => clearInterval(timer);
  }, [callId, isRinging]);

  const gone = state.people.filter((person) => person.state === 'declined' || person.state === 'missed');
  const goneIds = gone.map((person) => person.user.id).join();
  const forget = useEffectEvent(() => {
    for (const { user } of gone) dispatch({ type: 'forgotten', user });
  });
  useEffect(() => {
    if (!goneIds) return;
    const timer = setTimeout(() => forget(), FAREWELL_MS);
    return () => clearTimeout(timer);
  }, [goneIds]);
}
