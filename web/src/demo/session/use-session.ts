/** Who this tab is: joins with a name, stays through reloads, leaves. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { failed, type ChatKitty, type ChatKittyError, type CurrentUser } from 'whisker-client';
import { client } from './client';
import { forgetTabName, keepTabName, rememberedName, rememberName, tabName } from './memory';
import { claimName, namesInOtherTabs } from './tabs';

export interface Session {
  kitty: ChatKitty;
  user: CurrentUser;
}

export interface SessionState {
  session: Session | null;
  /** `returning`: the tab was reloaded and becomes who it was. */
  progress: 'idle' | 'joining' | 'returning';
  /** Why the last attempt failed, or why the session ended. */
  error: string | null;
  join(name: string): Promise<void>;
  leave(): void;
}

export function useSession(): SessionState {
  const [session, setSession] = useState<Session | null>(null);
  const [progress, setProgress] = useState<SessionState['progress']>(tabName() ? 'returning' : 'idle');
  const [error, setError] = useState<string | null>(null);

  const join = async (name: string): Promise<void> => {
    setError(null);
    try {
      const kitty = await client();
      const result = await kitty.startSession({ username: name });
      if (failed(result)) {
        setError(joinError(result.error));
      } else {
        await remember(name);
        setSession({ kitty, user: result.session.user });
      }
    } catch {
      setError('The server does not answer. Is it running? Try again in a moment.');
    }
    setProgress('idle');
  };

  const leave = (): void => {
    forgetTabName();
    setSession(null);
    void session?.kitty.endSession();
  };

  useReturn(setProgress, join);
  useEnd(session, (user) => {
    if (user) setSession((now) => now && { ...now, user });
    else if (session) {
      forgetTabName();
      setSession(null);
      setError('The server ended your session. Join again to go on.');
    }
  });
  const joinNow = (name: string): Promise<void> => {
    setProgress('joining');
    return join(name);
  };
  return { session, progress, error, join: joinNow, leave };
}

/** A reloaded tab joins again as who it was, unless a copy of it does so already. */
function useReturn(setProgress: (progress: 'idle') => void, join: (name: string) => Promise<void>): void {
  const isStarted = useRef(false);
  const onStart = useEffectEvent(async () => {
    const name = tabName();
    if (!name || isStarted.current) return;
    isStarted.current = true;
    const taken = await namesInOtherTabs();
    if (!taken.has(name)) return join(name);
    forgetTabName();
    setProgress('idle');
  });
  useEffect(() => void onStart(), []);
}

/** Follows the user of a session; says goodbye to the server when the tab closes, so that nobody rings an empty chair. */
function useEnd(session: Session | null, onUser: (user: CurrentUser | null) => void): void {
  const kitty = session?.kitty;
  const name = session?.user.name;
  const onChange = useEffectEvent(onUser);
  useEffect(() => {
    if (!kitty || !name) return;
    const unclaim = claimName(name);
    const unsubscribe = kitty.onCurrentUserChanged((user) => onChange(user));
    const goodbye = (): void => void kitty.endSession();
    window.addEventListener('pagehide', goodbye);
    return () => {
      unclaim();
      unsubscribe();
      window.removeEventListener('pagehide', goodbye);
    };
  }, [kitty, name]);
}

/** A second tab does not change what this browser calls its person. */
async function remember(name: string): Promise<void> {
  keepTabName(name);
  const last = rememberedName();
  if (last !== null && last !== name && (await namesInOtherTabs()).has(last)) return;
  rememberName(name);
}

function joinError({ error, message }: ChatKittyError): string {
  switch (error) {
    case 'ChatKittyConnectionError':
    case 'TimeoutError':
      return 'The server does not answer. Is it running? Try again in a moment.';
    case 'AccessDeniedError':
      return 'The server does not let this page in. Is the demo switched on?';
    default:
      return `That did not work: ${message}`;
  }
}
