/** Fetches the calls of this user's channels; again whenever something happens to one. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { succeeded, type Channel, type ChatKitty, type User } from 'whisker-client';
import { sortLog, type CallLog, type LoggedCall } from './call-log';

/** Channels looked into; people in a demo have few. */
const MOST_CHANNELS = 25;
/** Events come in bursts (ended, left, presence): one look is enough. */
const SETTLE_MS = 300;
/** Calls that one was not invited to are found by looking. */
const LOOK_MS = 20_000;

const NOTHING: CallLog = { ongoing: [], past: null };

export interface CallLogState {
  log: CallLog;
  /** Looks again, soon. */
  refresh(): void;
}

export function useCallLog(kitty: ChatKitty, myId: number): CallLogState {
  const [log, setLog] = useState(NOTHING);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(0);

  const look = useCallback(async (): Promise<void> => {
    const turn = (latest.current += 1);
    const entries = await fetchCalls(kitty, myId);
    if (entries && turn === latest.current) setLog(sortLog(entries));
  }, [kitty, myId]);
  const refresh = useCallback((): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void look(), SETTLE_MS);
  }, [look]);

  useEffect(() => {
    const seen = new Map<number, string | undefined>();
    const stops = [
      kitty.onCurrentUserOnline(refresh),
      kitty.onUserPresenceChanged((user) => hasCallNews(seen, user) && refresh()),
      kitty.onChannelJoined(refresh),
      kitty.Calls.onCallInvite(refresh),
      kitty.Calls.onCallInviteCancelled(refresh),
      kitty.Calls.onCallEnded(refresh),
    ];
    const interval = setInterval(() => document.visibilityState === 'visible' && refresh(), LOOK_MS);
    void look();
    return () => {
      stops.forEach((stop) => stop());
      clearInterval(interval);
      clearTimeout(timer.current);
      latest.current += 1;
    };
  }, [kitty, look, refresh]);
  return { log, refresh };
}

/** Did somebody enter or leave a call? Those who merely come and go are no reason to look. */
function hasCallNews(seen: Map<number, string | undefined>, { id, callStatus }: User): boolean {
  const before = seen.get(id) ?? 'AVAILABLE';
  seen.set(id, callStatus);
  return callStatus !== undefined && callStatus !== before;
}

async function fetchCalls(kitty: ChatKitty, myId: number): Promise<readonly LoggedCall[] | null> {
  const result = await kitty.getChannels({ filter: { joined: true } });
  if (!succeeded(result)) return null;
  const channels = result.paginator.items.slice(0, MOST_CHANNELS);
  const calls = await Promise.all(channels.map((channel) => callsOf(kitty, channel, myId)));
  return calls.flat();
}

async function callsOf(kitty: ChatKitty, channel: Channel, myId: number): Promise<readonly LoggedCall[]> {
  const result = await kitty.Calls.getCalls({ channel });
  if (!succeeded(result)) return [];
  const names = await otherNames(kitty, channel, myId);
  return result.paginator.items.map((call) => ({ call, channel, names }));
}

async function otherNames(kitty: ChatKitty, channel: Channel, myId: number): Promise<readonly string[]> {
  if (!channel.members && channel.displayName) return [channel.displayName];
  const members = channel.members ?? (await membersOf(kitty, channel));
  const others = members.filter((member) => member.id !== myId).map((member) => member.displayName);
  return others.length > 0 ? others : [channel.displayName ?? channel.name];
}

async function membersOf(kitty: ChatKitty, channel: Channel) {
  const result = await kitty.getChannelMembers({ channel });
  return succeeded(result) ? result.paginator.items : [];
}
